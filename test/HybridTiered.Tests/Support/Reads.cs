namespace HybridTiered.Tests.Support;

/// <summary>Short forms for what most tests do.</summary>
internal static class Reads
{
    /// <summary>The value that a read finds, and the level where; <c>null</c> and 0 when there is none.</summary>
    public static async Task<(string? Value, int Level)> FindAsync(this TestCache cache, string key)
    {
        CacheResult<string> found = await cache.Cache.TryGetAsync<string>(key);
        return (found.Value, found.Level);
    }

    /// <summary>Computes a key and says what came out.</summary>
    public static Task<string> ComputeAsync(
        this TestCache cache, string key, Func<Task<string>> factory, string[]? tags = null, CancellationToken cancellationToken = default) =>
        cache.Hybrid.GetOrCreateAsync(key, async _ => await factory(), tags: tags, cancellationToken: cancellationToken).AsTask();

    /// <summary>Applies everything that has arrived, whatever goes on behind calls meanwhile.</summary>
    public static Task ReceiveAsync(this TestCache cache) => cache.Cache.Core.Coordinator.WhenSettledAsync();
}
