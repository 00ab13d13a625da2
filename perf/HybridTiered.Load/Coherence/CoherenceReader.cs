using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Load.Coherence;

/// <summary>Reads through the cache, computing from the source what it does not have, and has each read checked.</summary>
internal sealed class CoherenceReader(TieredCache cache, SharedBoard board, CoherenceKeys keys, CoherenceChecker checker)
{
    /// <summary>Entries outlive the run in Redis, and not in L1, so that Redis is read all the time.</summary>
    public static readonly HybridCacheEntryOptions Options = new() { Expiration = TimeSpan.FromMinutes(10), LocalCacheExpiration = TimeSpan.FromSeconds(1) };

    private static readonly HybridCacheEntryOptions LocalOnly = new() { Flags = HybridCacheEntryFlags.DisableDistributedCache };
    private static readonly HybridCacheEntryOptions LowerOnly = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    public async ValueTask ReadAsync(int key, CoherenceTally tally, CancellationToken cancellationToken)
    {
        CoherenceChecker.ReadStart start = checker.Begin(key);
        try
        {
            long value = await cache.GetOrCreateAsync(
                keys[key], (board, key), static (source, _) => ComputeAsync(source.board, source.key), Options, keys.TagsOf(key), cancellationToken);
            checker.End(key, start, value, tally);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            tally.FailedReads++;
            tally.AddExample($"key {key}: {e}");
        }
    }

    /// <summary>Rule c: every tier holds the newest version or nothing.</summary>
    public async Task CheckTiersAsync(CoherenceTally tally)
    {
        for (int key = 0; key < keys.Count; key++)
        {
            await CheckTierAsync("L1", LocalOnly, key, tally);
            await CheckTierAsync("Redis", LowerOnly, key, tally);
            await ReadAsync(key, tally, CancellationToken.None);
        }
    }

    private async Task CheckTierAsync(string tier, HybridCacheEntryOptions options, int key, CoherenceTally tally)
    {
        CacheResult<long> found = await cache.TryGetAsync<long>(keys[key], options);
        if (!found.Found || found.Value == CoherenceKeys.ValueOf(key, board.Read(key)))
            return;
        tally.RuleC++;
        tally.AddExample($"rule c: {tier} holds version {CoherenceKeys.VersionOf(found.Value)} of key {key}, the source {board.Read(key)}");
    }

    // Some computations take longer, so that invalidations fall into them.
    private static async ValueTask<long> ComputeAsync(SharedBoard board, int key)
    {
        int choice = Random.Shared.Next(8);
        if (choice == 0)
            await Task.Delay(1);
        long version = board.Read(key);
        if (choice < 3)
            await Task.Yield();
        if (choice == 1)
            await Task.Delay(1);
        return CoherenceKeys.ValueOf(key, version);
    }
}
