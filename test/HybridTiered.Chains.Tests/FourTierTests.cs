using HybridTiered.Chains.Tests.Support;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.Chains.Tests;

/// <summary>A chain of four, each tier on a real back end: what is found where, what climbs, what expires when, and what is counted.</summary>
[TestFixture]
public sealed class FourTierTests : ChainFixture
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Test]
    public async Task An_entry_is_found_in_the_tier_that_has_it_and_then_in_every_tier_above([Values] Level level)
    {
        await SeedAsync("k", "v", null, level);
        ChainCache cache = await OpenAsync();

        Assert.That(await cache.FindAsync("k"), Is.EqualTo(("v", (int)level)));
        Assert.That(await cache.FindAsync("k"), Is.EqualTo(("v", 1)));

        foreach (Level above in Levels.Where(l => l <= level))
        {
            ChainCache alone = await OpenAsync(above);
            Assert.That(await alone.FindAsync("k"), Is.EqualTo(("v", (int)above)), $"{above} alone");
        }
        foreach (Level below in Levels.Where(l => l > level))
        {
            ChainCache alone = await OpenAsync(below);
            Assert.That((await alone.FindAsync("k")).Level, Is.Zero, $"{below} alone");
        }
    }

    [Test]
    public async Task A_hit_counts_once_in_its_tier_and_as_a_miss_in_those_above([Values] Level level)
    {
        await SeedAsync("k", "v", null, level);
        ChainCache cache = await OpenAsync();

        await cache.FindAsync("k");
        await cache.FindAsync("k");
        await cache.FindAsync("missing");

        Assert.That((cache.Statistics.Requests, cache.Statistics.LowerHits, cache.Statistics.Misses), Is.EqualTo((3L, 1L, 1L)));
        Assert.That(cache.Statistics.Tiers.Select(t => (t.Level, t.Hits)), Is.EqualTo(Levels.Select(l => ((int)l, l == level ? 1L : 0)).Prepend((1, 1L))));
        foreach (Level each in Levels)
        {
            TierStatistics tier = cache.Of(each);
            long promotions = each < level ? 1 : 0;
            long misses = each < level ? 2 : 1;
            Assert.That((tier.Misses, tier.Promotions, tier.Writes), Is.EqualTo((misses, promotions, promotions)), $"{each}");
            Assert.That(
                tier.Expired + tier.Invalidated + tier.Damaged + tier.Skipped + tier.ReadFaults + tier.WriteFaults + tier.WritesRefused + tier.TooLarge + tier.Removals,
                Is.Zero,
                $"{each}");
        }
        Assert.That((cache.Statistics.Tiers[0].Promotions, cache.Statistics.Tiers[0].Entries), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task A_computed_value_is_written_to_every_tier_once()
    {
        ChainCache cache = await OpenAsync();

        await cache.Cache.GetOrCreateAsync("k", static _ => new ValueTask<string>("v"));
        await cache.QuietAsync();

        Assert.That((cache.Statistics.Requests, cache.Statistics.Misses, cache.Statistics.FactoryCalls), Is.EqualTo((1L, 1L, 1L)));
        Assert.That(cache.Statistics.Tiers.Select(t => (t.Hits, t.Writes, t.Promotions)), Is.All.EqualTo((0L, 1L, 0L)));
        foreach (Level level in Levels)
            Assert.That(await (await OpenAsync(level)).FindAsync("k"), Is.EqualTo(("v", (int)level)));
    }

    [Test]
    public async Task A_tier_that_promotes_nothing_is_asked_again_each_time([Values] Level level)
    {
        Options[level].PromotionFrequency = 0;
        await SeedAsync("k", "v", null, level);
        ChainCache cache = await OpenAsync();

        for (int i = 0; i < 3; i++)
            Assert.That(await cache.FindAsync("k"), Is.EqualTo(("v", (int)level)));

        Assert.That(cache.Of(level).Hits, Is.EqualTo(3));
        Assert.That(cache.Statistics.Tiers.Select(t => t.Promotions), Is.All.Zero);
    }

    [Test]
    public async Task Of_the_hits_in_a_tier_one_in_N_climbs_all_the_way_up()
    {
        const int Keys = 600;
        Options[Level.Memcached].PromotionFrequency = 10;
        ChainCache seed = await OpenAsync(Level.Memcached);
        for (int i = 0; i < Keys; i++)
            await seed.SetAsync($"k{i}", "v");
        ChainCache cache = await OpenAsync();

        for (int i = 0; i < Keys; i++)
            await cache.Cache.TryGetAsync<string>($"k{i}");
        await cache.QuietAsync();

        // Binomial: 60 expected, standard deviation 7.3; the bounds are seven of them away.
        long promoted = cache.Statistics.Tiers[0].Promotions;
        Assert.That(promoted, Is.InRange(9, 111));
        Assert.That((cache.Of(Level.Disk).Promotions, cache.Of(Level.Redis).Promotions, cache.Of(Level.Memcached).Promotions), Is.EqualTo((promoted, promoted, 0L)));
        Assert.That(cache.Of(Level.Memcached).Hits, Is.EqualTo(Keys));
    }

    [Test]
    public async Task Each_server_is_told_to_keep_an_entry_for_its_own_multiple_of_the_duration()
    {
        (Options[Level.Redis].TtlScale, Options[Level.Memcached].TtlScale) = (2, 8);
        ChainCache cache = await OpenAsync();

        await cache.SetAsync("set", "v", Hour);
        await cache.Cache.GetOrCreateAsync("computed", static _ => new ValueTask<string>("v"), new TieredEntryOptions { Expiration = Hour });
        await cache.QuietAsync();

        foreach (string key in new[] { "set", "computed" })
        {
            Assert.That(await RedisLifeAsync(key), Is.InRange((2 * Hour - TimeSpan.FromMinutes(1)).TotalMilliseconds, (2 * Hour).TotalMilliseconds), key);
            // Memcached counts whole seconds and rounds up; and the time of the computation, which is a part of the base duration, is scaled with it.
            Assert.That(await MemcachedLifeAsync(key), Is.InRange((8 * Hour - TimeSpan.FromMinutes(1)).TotalSeconds, (8 * Hour).TotalSeconds + 2), key);
        }
    }

    [Test]
    public async Task An_entry_expires_from_the_top_down_as_scaled_and_climbs_no_further_than_it_lives()
    {
        (Options[Level.Redis].TtlScale, Options[Level.Memcached].TtlScale) = (2, 8);
        await SeedAsync("k", "v", Hour, [.. Levels]);

        Assert.That((await (await OpenAsync()).FindAsync("k")).Level, Is.EqualTo(2));
        Time.Advance(Hour);
        Assert.That((await (await OpenAsync()).FindAsync("k")).Level, Is.EqualTo(3));
        Assert.That((await (await OpenAsync()).FindAsync("k")).Level, Is.EqualTo(2), "promoted");
        Time.Advance(Hour);

        ChainCache afterTwo = await OpenAsync();
        Assert.That((await afterTwo.FindAsync("k")).Level, Is.EqualTo(4), "the copy on disk ended with its source");
        Assert.That((afterTwo.Of(Level.Disk).Misses, afterTwo.Of(Level.Redis).Expired), Is.EqualTo((1L, 1L)));
        Time.Advance(6 * Hour);

        ChainCache afterEight = await OpenAsync();
        Assert.That((await afterEight.FindAsync("k")).Level, Is.Zero);
        Assert.That((afterEight.Of(Level.Disk).Misses, afterEight.Of(Level.Redis).Expired, afterEight.Of(Level.Memcached).Expired), Is.EqualTo((1L, 1L, 1L)));
    }

    [Test]
    public async Task A_copy_that_climbs_shortly_before_its_end_is_given_to_the_servers_for_what_is_left()
    {
        Options[Level.Memcached].TtlScale = 8;
        await SeedAsync("k", "v", Hour, Level.Memcached);
        Time.Advance(7.5 * Hour);
        ChainCache cache = await OpenAsync();

        Assert.That((await cache.FindAsync("k")).Level, Is.EqualTo(4));

        Assert.That(await RedisLifeAsync("k"), Is.InRange(1, 0.5 * Hour.TotalMilliseconds));
    }

    [Test]
    public async Task The_servers_forget_an_entry_by_themselves_and_none_before_its_time()
    {
        (Options[Level.Redis].TtlScale, Options[Level.Memcached].TtlScale) = (2, 4);
        ChainCache cache = await OpenAsync();
        await cache.SetAsync("k", "v", TimeSpan.FromSeconds(1));

        await Eventually.TrueAsync(async () => (await cache.FindAsync("k")).Level == 3, "disk has forgotten it and Redis has not");
        ChainCache second = await OpenAsync(Level.Redis, Level.Memcached);
        await Eventually.TrueAsync(async () => await ServersHoldAsync("k") == (false, true), "Redis has forgotten it and Memcached has not");
        await Eventually.TrueAsync(async () => await ServersHoldAsync("k") == (false, false), "Memcached has forgotten it");

        Assert.That((await second.FindAsync("k")).Level, Is.Zero);
    }

    [TestCase("key")]
    [TestCase("keys")]
    [TestCase("tag")]
    [TestCase("everything")]
    public async Task What_is_removed_is_gone_from_every_tier_and_its_neighbour_is_not(string how)
    {
        ChainCache cache = await OpenAsync();
        await cache.SetAsync("k", "v", tags: ["t"]);
        await cache.SetAsync("neighbour", "v", tags: ["u"]);

        await (how switch
        {
            "key" => cache.Cache.RemoveAsync("k"),
            "keys" => cache.Cache.RemoveAsync(["k", "other"]),
            "tag" => cache.Cache.RemoveByTagAsync("t"),
            _ => cache.Cache.ClearAsync(),
        });
        Assert.That((await cache.FindAsync("k")).Level, Is.Zero);
        await cache.QuietAsync();

        int neighbour = how == "everything" ? 0 : 1;
        if (how.StartsWith("key", StringComparison.Ordinal))
            Assert.That(await ServersHoldAsync("k"), Is.EqualTo((false, false)));
        foreach (Level level in Levels)
        {
            ChainCache alone = await OpenAsync(level);
            Assert.That(((await alone.FindAsync("k")).Level, (await alone.FindAsync("neighbour")).Level), Is.EqualTo((0, neighbour * (int)level)), $"{level} alone");
        }
    }

    [Test]
    public async Task What_a_pattern_removes_is_gone_from_every_tier_that_can_be_searched_and_dead_in_the_others()
    {
        ChainCache cache = await OpenAsync();
        await cache.SetAsync("k:1", "v");
        await cache.SetAsync("neighbour", "v");

        await cache.Cache.RemoveByPatternAsync("k:*");

        Assert.That((await cache.FindAsync("k:1")).Level, Is.Zero);
        Assert.That(await ServersHoldAsync("k:1"), Is.EqualTo((false, true)));
        ChainCache withoutMemcached = await OpenAsync(Level.Disk, Level.Redis);
        Assert.That((await withoutMemcached.FindAsync("k:1")).Level, Is.Zero);
        Assert.That((await withoutMemcached.FindAsync("neighbour")).Level, Is.EqualTo(2));
    }

    [Test]
    public async Task A_read_only_tier_is_read_and_promoted_from_but_never_written_or_removed_from()
    {
        await SeedAsync("archived", "v", null, Level.Redis);
        await SeedAsync("deep", "v", null, Level.Memcached);
        Options[Level.Redis].ReadOnly = true;
        ChainCache cache = await OpenAsync();

        Assert.That(await cache.FindAsync("archived"), Is.EqualTo(("v", 3)));
        Assert.That(await cache.FindAsync("archived"), Is.EqualTo(("v", 1)));
        Assert.That(await cache.FindAsync("deep"), Is.EqualTo(("v", 4)));
        await cache.SetAsync("set", "v");
        await cache.Cache.RemoveAsync("archived");

        Assert.That(await ServersHoldAsync("set"), Is.EqualTo((false, true)));
        Assert.That(await ServersHoldAsync("deep"), Is.EqualTo((false, true)));
        Assert.That(await ServersHoldAsync("archived"), Is.EqualTo((true, false)));
        TierStatistics redis = cache.Of(Level.Redis);
        Assert.That((redis.Hits, redis.Misses, redis.Writes, redis.Promotions, redis.Removals), Is.EqualTo((1L, 1L, 0L, 0L, 0L)));
        Assert.That((cache.Of(Level.Disk).Promotions, cache.Of(Level.Memcached).Promotions), Is.EqualTo((2L, 0L)));
    }

    [TestCase(500, true, true, true)]
    [TestCase(5_000, false, true, true)]
    [TestCase(50_000, false, false, true)]
    [TestCase(1_048_500, false, false, false)]
    [TestCase(1_100_000, false, false, false)]
    public async Task A_value_goes_into_the_tiers_that_it_fits(int length, bool disk, bool redis, bool memcached)
    {
        (Options[Level.Disk].MaximumPayloadBytes, Options[Level.Redis].MaximumPayloadBytes) = (1_000, 10_000);
        ChainCache cache = await OpenAsync();
        string value = new('v', length);

        await cache.SetAsync("k", value);
        Assert.That(await cache.FindAsync("k"), Is.EqualTo((value, 1)));

        // What is too large for the whole cache is not even tried, and counted nowhere.
        bool tried = length <= 1 << 20;
        Assert.That(Levels.Select(l => cache.Of(l).TooLarge), Is.EqualTo(new[] { disk, redis, memcached }.Select(fits => tried && !fits ? 1L : 0)));
        bool[] fits = [disk, redis, memcached];
        foreach (Level level in Levels)
            Assert.That((await (await OpenAsync(level)).FindAsync("k")).Level, Is.EqualTo(fits[level - Level.Disk] ? (int)level : 0), $"{level} alone");
    }
}
