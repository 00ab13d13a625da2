using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>
/// What is known of the fields that the responses of a resource vary by (RFC 9111, section 4.1). It has to be known before a response can be looked up, so it is kept
/// under a key of its own, for at least as long as any response.
/// </summary>
internal static class VaryHints
{
    // An empty text and no text are the same to tiers that keep bytes.
    private const string Nothing = "-";

    private static readonly TimeSpan ShortestLife = TimeSpan.FromDays(1);

    private static readonly HybridCacheEntryOptions ReadOnly = new() { Flags = HybridCacheEntryFlags.DisableUnderlyingData };

    /// <summary>The fields in lower case and in order, or <see langword="null"/> where nothing is known.</summary>
    public static async ValueTask<string[]?> FindAsync(TieredCache cache, HttpResource resource, CancellationToken cancellationToken)
    {
        string? known = await cache.GetOrCreateAsync(
            resource.VaryKey, (object?)null, static (_, _) => default(ValueTask<string?>), ReadOnly, null, cancellationToken).ConfigureAwait(false);
        return known switch
        {
            null => null,
            Nothing => [],
            _ => known.Split(','),
        };
    }

    /// <summary>Notes what was learned. Not cancelled with the request, which has been answered.</summary>
    public static ValueTask StoreAsync(TieredCache cache, HttpResource resource, string[] fields, TimeSpan lifetime)
    {
        var options = new TieredEntryOptions { Expiration = lifetime > ShortestLife ? lifetime : ShortestLife };
        return cache.SetComputedAsync(
            resource.VaryKey, fields.Length == 0 ? Nothing : string.Join(',', fields), TimeSpan.Zero, options);
    }
}
