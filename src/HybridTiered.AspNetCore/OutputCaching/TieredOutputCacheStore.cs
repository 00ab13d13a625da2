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

    /// <summary>The cache behind the store.</summary>
    public TieredCache Cache { get; } = cache;

    /// <summary>Finds a response. The array is the cache's own, as in the framework's store: nobody may write to it.</summary>
    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        // What the policy has judged is what is served, even if it has been replaced since.
        if (RequestScope.Current?.Http is { } http)
            return new ValueTask<byte[]?>(http.Chosen?.Bytes);
        ValueTask<StoredResponse?> found = FindAsync(key, cancellationToken);
        return found.IsCompletedSuccessfully ? new ValueTask<byte[]?>(found.Result?.Bytes) : AwaitAsync(found);

        static async ValueTask<byte[]?> AwaitAsync(ValueTask<StoredResponse?> found) => (await found.ConfigureAwait(false))?.Bytes;
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

    private ValueTask<StoredResponse?> FindAsync(string key, CancellationToken cancellationToken)
    {
        Span<char> buffer = stackalloc char[PageKey.LongestPlain];
        return PageKey.TryWrite(key, buffer, out ReadOnlySpan<char> written)
            ? Cache.GetOrCreateAsync(written, (object?)null, static (_, _) => default(ValueTask<StoredResponse?>), ReadOnly, null, cancellationToken)
            : FindByStorageKeyAsync(PageKey.Hash(key), cancellationToken);
    }

    // Everything that is valid only during the call has been copied by the time anything is awaited.
    private ValueTask StoreAsync(string key, byte[] bytes, ReadOnlySpan<string> tags, TimeSpan validFor, CancellationToken cancellationToken)
    {
        RequestScope? scope = RequestScope.Current;
        TimeSpan lifetime = scope?.Http?.Lifetime ?? validFor;
        if (lifetime <= TimeSpan.Zero)
            return default;
        string storageKey = scope?.Http?.StorageKey ?? PageKey.Of(key);
        var response = new StoredResponse(bytes, scope?.Http?.Facts);
        var options = new TieredEntryOptions { Expiration = lifetime };
        TimeSpan computationTime = scope is null ? TimeSpan.Zero : time.GetElapsedTime(scope.StartedAt);
        return Cache.SetComputedAsync(storageKey, response, computationTime, options, Cacheable(tags), cancellationToken);
    }

    // The cache has no entry tags that are blank or the wildcard: evicting the former removes nothing, evicting the latter everything.
    private static List<string>? Cacheable(ReadOnlySpan<string> tags)
    {
        List<string>? copy = null;
        foreach (string tag in tags)
        {
            if (!string.IsNullOrWhiteSpace(tag) && tag != "*")
                (copy ??= new List<string>(tags.Length)).Add(tag);
        }
        return copy;
    }
}
