using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// The store of the output cache middleware over a chain of tiers. Tags are the cache's own: an entry dies in every tier and on every instance the moment its tag is
/// evicted, also one that was being rendered just then, and <c>HybridCache.RemoveByTagAsync</c> evicts pages and data alike.
/// </summary>
internal sealed class TieredOutputCacheStore(TieredCache cache, TimeProvider time) : IOutputCacheBufferStore
{
    // A read computes nothing: what is missing is rendered by the application.
    private static readonly HybridCacheEntryOptions ReadOnly = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData };

    private readonly RenderingTimes _renderings = new();

    /// <summary>The cache behind the store.</summary>
    public TieredCache Cache { get; } = cache;

    /// <summary>Finds a response. The array is the cache's own, as in the framework's store: nobody may write to it.</summary>
    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (HttpKey.TryParse(key, out HttpKey http))
            return FindJudgedAsync(http, cancellationToken);
        ValueTask<StoredResponse?> found = FindAsync(key, cancellationToken);
        return found is { IsCompletedSuccessfully: true, Result: { } response } ? new ValueTask<byte[]?>(response.Bytes) : AwaitAsync(found, key);

        async ValueTask<byte[]?> AwaitAsync(ValueTask<StoredResponse?> found, string key)
        {
            StoredResponse? response = await found.ConfigureAwait(false);
            if (response is null)
                _renderings.Missed(key, time.GetTimestamp());
            return response?.Bytes;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryGetAsync(string key, PipeWriter destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (await GetAsync(key, cancellationToken).ConfigureAwait(false) is not { } bytes)
            return false;
        destination.Write(bytes);
        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, byte[] value, string[]? tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        return StoreAsync(key, (byte[])value.Clone(), tags, validFor, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, ReadOnlySequence<byte> value, ReadOnlyMemory<string> tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return StoreAsync(key, value.ToArray(), tags.Span, validFor, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask EvictByTagAsync(string tag, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return Cache.RemoveByTagAsync(tag, cancellationToken);
    }

    /// <summary>Finds a response by the key that the cache knows it by.</summary>
    public ValueTask<StoredResponse?> FindByStorageKeyAsync(string storageKey, CancellationToken cancellationToken) =>
        Cache.GetOrCreateAsync(storageKey, (object?)null, static (_, _) => default(ValueTask<StoredResponse?>), ReadOnly, null, cancellationToken);

    // What the policy has judged is what is served, or nothing: it may have been replaced since.
    private async ValueTask<byte[]?> FindJudgedAsync(HttpKey key, CancellationToken cancellationToken) =>
        key.ResponseTime != 0
        && await FindByStorageKeyAsync(key.StorageKey, cancellationToken).ConfigureAwait(false) is { Facts: { } facts } found
        && facts.ResponseTime == key.ResponseTime
            ? found.Bytes
            : null;

    private ValueTask<StoredResponse?> FindAsync(string key, CancellationToken cancellationToken)
    {
        Span<char> storageKey = stackalloc char[PageKey.LengthOf(key)];
        return PageKey.TryWrite(key, storageKey)
            ? Cache.GetOrCreateAsync(storageKey, (object?)null, static (_, _) => default(ValueTask<StoredResponse?>), ReadOnly, null, cancellationToken)
            : FindByStorageKeyAsync(PageKey.Hash(key), cancellationToken);
    }

    // Everything that is valid only during the call has been copied by the time anything is awaited.
    private ValueTask StoreAsync(string key, byte[] bytes, ReadOnlySpan<string> tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        HttpVerdict? verdict = null;
        var entryTags = new List<string>(tags.Length);
        foreach (string tag in tags)
        {
            if (HttpVerdict.TryParse(tag, out HttpVerdict? given))
                verdict = given;
            // The cache has no entry tags that are blank or the wildcard: evicting the former removes nothing, evicting the latter everything.
            else if (!string.IsNullOrWhiteSpace(tag) && tag != "*")
                entryTags.Add(tag);
        }
        long? begun = verdict?.BegunAt ?? _renderings.Rendered(key);
        TimeSpan lifetime = verdict?.Lifetime ?? validFor;
        if (lifetime <= TimeSpan.Zero)
            return default;
        string storageKey = HttpKey.TryParse(key, out HttpKey http) ? http.StorageKey : PageKey.Of(key);
        return Cache.SetComputedAsync(
            storageKey, new StoredResponse(bytes, verdict?.Facts), begun is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero,
            new TieredEntryOptions { Expiration = lifetime }, entryTags, cancellationToken);
    }
}
