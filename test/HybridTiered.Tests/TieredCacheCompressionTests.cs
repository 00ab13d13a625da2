using System.Text;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests;

/// <summary>Payloads are compressed on demand, wherever they go from L1 downwards and across.</summary>
[TestFixture, Category("Unit")]
public sealed class TieredCacheCompressionTests
{
    private const int Limit = 500;

    private static readonly string Long = string.Join(' ', Enumerable.Range(0, 2_000));

    [Test]
    public async Task Large_payloads_are_stored_compressed_and_read_back_by_another_instance([Values] bool set)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync(o => o.CompressAbove = Limit);
        await StoreAsync(cache, "k", Long, set);
        TestCache other = await cluster.AddAsync();

        Assert.That(await SizeAsync(cluster.Shared, "k"), Is.LessThan(Long.Length / 2));
        Assert.That(await other.FindAsync("k"), Is.EqualTo((Long, 2)), "reading needs no option");
    }

    [Test]
    public async Task By_default_for_small_payloads_and_with_the_flag_nothing_is_compressed([Values("default", "small", "flag")] string why, [Values] bool set)
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync(o => o.CompressAbove = why == "default" ? null : why == "small" ? Long.Length : Limit);
        await StoreAsync(cache, "k", Long, set, why == "flag" ? HybridCacheEntryFlags.DisableCompression : null);

        Assert.That(await SizeAsync(cluster.Shared, "k"), Is.GreaterThan(Long.Length));
    }

    [Test]
    public async Task A_compressed_entry_is_promoted_as_it_is()
    {
        await using var cluster = new Cluster(time => new InMemoryTier(time), time => new InMemoryTier(time));
        TestCache cache = await cluster.AddAsync(o => o.CompressAbove = Limit);
        await cache.ComputeAsync("k", () => Task.FromResult(Long));
        await cache.SettleAsync();
        int below = await SizeAsync((InMemoryTier)cluster.Tiers[1], "k");
        await cluster.Shared.RemoveAsync("k", default);
        cluster.Tick();
        TestCache other = await cluster.AddAsync();
        (string? Value, int Level) found = await other.FindAsync("k");
        await other.SettleAsync();

        Assert.That((found, await SizeAsync(cluster.Shared, "k") - below), Is.EqualTo(((Long, 3), 0)).Using<((string?, int), int)>(
            (x, y) => x.Item1 == y.Item1 && Math.Abs(x.Item2 - y.Item2) < 12), "but for the life that it was granted");
    }

    [Test]
    public async Task A_pushed_update_arrives_expanded()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync(o => o.CompressAbove = Limit);
        TestCache other = await cluster.AddAsync();
        await cache.Cache.UpdateAsync("k", Long);
        await cluster.SettleAsync();

        Assert.That(await other.FindAsync("k"), Is.EqualTo((Long, 1)));
    }

    [Test]
    public async Task The_limit_of_payloads_is_that_of_the_expanded_bytes()
    {
        await using var cluster = new Cluster();
        TestCache cache = await cluster.AddAsync(o => o.CompressAbove = Limit);
        await cache.ComputeAsync("k", () => Task.FromResult(Long));
        await cache.SettleAsync();
        TestCache strict = await cluster.AddAsync(o => o.MaximumPayloadBytes = Long.Length - 1);

        Assert.That((await strict.FindAsync("k"), strict.Statistics.Tiers[1].TooLarge), Is.EqualTo((((string?)null, 0), 1L)));
    }

    private static async Task StoreAsync(TestCache cache, string key, string value, bool set, HybridCacheEntryFlags? flags = null)
    {
        var options = new HybridCacheEntryOptions { Flags = flags };
        if (set)
            await cache.Hybrid.SetAsync(key, value, options);
        else
            await cache.Hybrid.GetOrCreateAsync(key, _ => ValueTask.FromResult(value), options);
        await cache.SettleAsync();
    }

    private static async Task<int> SizeAsync(InMemoryTier tier, string key)
    {
        using TierEntry entry = await tier.ReadAsync(key, TierRead.Data, default);
        Assert.That(Encoding.UTF8.GetString(entry.Data.Span), Does.Contain(key));
        return entry.Data.Length;
    }
}
