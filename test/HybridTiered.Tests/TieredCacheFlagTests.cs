using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheFlagTests
{
    private const HybridCacheEntryFlags All = HybridCacheEntryFlags.DisableLocalCache | HybridCacheEntryFlags.DisableDistributedCache
        | HybridCacheEntryFlags.DisableUnderlyingData | HybridCacheEntryFlags.DisableCompression;

    private readonly ManualTimeProvider _time = new();

    private static IEnumerable<HybridCacheEntryFlags> EveryCombination() => Enumerable.Range(0, (int)All + 1).Select(bits => (HybridCacheEntryFlags)bits);

    [TestCaseSource(nameof(EveryCombination))]
    public async Task A_call_touches_what_its_flags_leave_enabled_and_nothing_else(HybridCacheEntryFlags flags)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        var source = new Source<string>("v");

        string? value = await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync, new HybridCacheEntryOptions { Flags = flags });
        await cache.SettleAsync();

        bool computes = (flags & HybridCacheEntryFlags.DisableUnderlyingData) == 0;
        bool readsLower = (flags & HybridCacheEntryFlags.DisableDistributedCacheRead) == 0;
        bool writesLower = computes && (flags & HybridCacheEntryFlags.DisableDistributedCacheWrite) == 0;
        bool writesLocal = computes && (flags & HybridCacheEntryFlags.DisableLocalCacheWrite) == 0;
        Assert.That(
            (value, source.Calls, tier.Count(InMemoryTier.Read), tier.Keys.Contains("k"), cache.Statistics.Tiers[0].Entries),
            Is.EqualTo((computes ? "v" : null, computes ? 1 : 0, readsLower ? 1 : 0, writesLower, writesLocal ? 1L : 0L)));
    }

    [TestCaseSource(nameof(EveryCombination))]
    public async Task A_call_with_flags_finds_a_value_where_it_may_read(HybridCacheEntryFlags flags)
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        var source = new Source<string>("computed");
        await cache.Hybrid.SetAsync("k", "cached");

        CacheResult<string> result = await cache.Cache.GetOrCreateResultAsync(
            "k", source, static (s, token) => s.ComputeAsync(token), new HybridCacheEntryOptions { Flags = flags });

        string expected =
            (flags & HybridCacheEntryFlags.DisableLocalCacheRead) == 0 ? "L1"
            : (flags & HybridCacheEntryFlags.DisableDistributedCacheRead) == 0 ? "L2"
            : (flags & HybridCacheEntryFlags.DisableUnderlyingData) == 0 ? "source"
            : "none";
        Assert.That((result.Source, result.Value), Is.EqualTo((expected, expected switch { "source" => "computed", "none" => null, _ => "cached" })));
    }

    [TestCaseSource(nameof(EveryCombination))]
    public async Task A_set_with_flags_reaches_the_tiers_that_it_may_write(HybridCacheEntryFlags flags)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);

        await cache.Hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Flags = flags });

        Assert.That((tier.Keys.Contains("k"), cache.Statistics.Tiers[0].Entries), Is.EqualTo((
            (flags & HybridCacheEntryFlags.DisableDistributedCacheWrite) == 0,
            (flags & HybridCacheEntryFlags.DisableLocalCacheWrite) == 0 ? 1L : 0L)));
    }

    [TestCase(HybridCacheEntryFlags.None, "cached")]
    [TestCase(HybridCacheEntryFlags.DisableDistributedCache, "cached")]
    [TestCase(null, "computed")]
    public async Task The_flags_of_a_call_replace_the_default_ones(HybridCacheEntryFlags? flags, string expected)
    {
        await using TestCache cache = TestCache.Create(_time, b => b.Configure(o => o.DefaultFlags = HybridCacheEntryFlags.DisableLocalCacheRead));
        var source = new Source<string>("computed");
        await cache.Hybrid.SetAsync("k", "cached");

        Assert.That(
            await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync, new HybridCacheEntryOptions { Flags = flags }), Is.EqualTo(expected));
    }

    [Test]
    public async Task Callers_with_other_flags_do_not_share_a_flight()
    {
        await using TestCache cache = TestCache.Create(_time);
        var source = new Source<string>("v");
        source.Hold();

        Task<string> plain = cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync).AsTask();
        Task<string> same = cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync).AsTask();
        string? nothing = await cache.Hybrid.GetOrCreateAsync(
            "k", source.ComputeAsync, new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableUnderlyingData });
        source.Release();

        Assert.That((await plain, await same, nothing, source.Calls), Is.EqualTo(("v", "v", (string?)null, 1)));
    }
}
