using HybridTiered.Entries;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests.Chain;

/// <summary>Rules 2 and 3: created means started, life counts from completion, and no promotion lengthens it.</summary>
[TestFixture, Category("Unit")]
public sealed class LifetimeTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // The clock gives no two readings twice, so on one that stands still a few ticks are added.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(1);

    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task An_entry_was_created_when_its_computation_started_and_lives_from_its_completion()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        DateTimeOffset start = _time.GetUtcNow();

        await cache.ComputeAsync("k", () =>
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            return Task.FromResult("v");
        });
        await cache.SettleAsync();

        EntryHeader header = await HeaderAsync(tier, "k");
        Assert.That(header.Created - start.UtcTicks, Is.InRange(0, 100));
        Assert.That(header.Duration, Is.EqualTo(TimeSpan.FromMinutes(5.5)).Within(TimeSpan.FromTicks(100)));
        Assert.That(tier.Peek("k")!.Value.Absolute, Is.EqualTo(TimeSpan.FromMinutes(5)).Within(TimeSpan.FromTicks(100)));
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(2));
        Assert.That((await cache.FindAsync("k")).Level, Is.EqualTo(1));
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.That((await cache.FindAsync("k")).Level, Is.Zero);
    }

    [Test]
    public async Task Each_tier_scales_the_base_duration_of_a_new_entry()
    {
        InMemoryTier[] tiers = [new(_time), new(_time), new(_time)];
        await using TestCache cache = Create(tiers, scales: [0.5, 1, 8]);

        await cache.Hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = Minute });

        Assert.That(tiers.Select(t => t.Peek("k")!.Value.Absolute), Is.EqualTo(new[] { 0.5 * Minute, Minute, 8 * Minute }));
    }

    [Test]
    public async Task L1_scales_the_local_duration()
    {
        await using TestCache cache = TestCache.Create(_time, b => b.AddMemory(m => m.TtlScale = 2));
        await cache.Hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = 2 * Minute, LocalCacheExpiration = Minute });

        _time.Advance((2 * Minute) - TimeSpan.FromMilliseconds(1));
        Assert.That((await cache.FindAsync("k")).Level, Is.EqualTo(1));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.That((await cache.FindAsync("k")).Level, Is.Zero);
    }

    [Test]
    public async Task An_entry_that_climbs_from_the_bottom_lives_no_longer_than_it_would_have_lived_there()
    {
        InMemoryTier[] tiers = [new(_time), new(_time), new(_time)];
        await using TestCache writer = Create(tiers, scales: [1, 2, 8]);
        await using TestCache reader = Create(tiers, scales: [1, 2, 8]);
        await writer.Hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = Minute });
        _time.Advance(7.5 * Minute);

        Assert.That((await reader.FindAsync("k")).Level, Is.EqualTo(4));
        await reader.SettleAsync();

        Assert.That(tiers.Select(t => t.Peek("k")!.Value.Absolute), Has.All.LessThanOrEqualTo(0.5 * Minute));
        _time.Advance(0.5 * Minute);
        Assert.That((await reader.FindAsync("k")).Level, Is.Zero);
    }

    [Test]
    public async Task A_promotion_that_is_held_up_grants_only_what_is_left_by_then()
    {
        InMemoryTier[] tiers = [new(_time), new(_time), new(_time)];
        await using TestCache writer = Create(tiers, scales: [1, 1, 1]);
        await using TestCache reader = Create(tiers, scales: [1, 1, 1]);
        await writer.Hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = Minute });
        await tiers[0].RemoveAsync("k", default);
        await tiers[1].RemoveAsync("k", default);
        HeldOperation middle = new TierScript(tiers[1]).Hold(InMemoryTier.WriteIfUnchanged, "k");
        await reader.FindAsync("k");
        await middle.Reached;

        _time.Advance(TimeSpan.FromSeconds(40));
        middle.Release();
        await reader.SettleAsync();

        Assert.That(tiers[0].Peek("k")!.Value.Absolute, Is.EqualTo(TimeSpan.FromSeconds(20)).Within(TimeSpan.FromMilliseconds(1)));
    }

    [Test]
    public async Task A_value_whose_set_was_held_up_lives_in_L1_no_longer_than_below()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        HeldOperation write = new TierScript(tier).Hold(InMemoryTier.Write, "k");
        Task set = cache.Hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = Minute }).AsTask();
        await write.Reached;
        _time.Advance(TimeSpan.FromSeconds(40));
        write.Release();
        await set;

        _time.Advance(TimeSpan.FromSeconds(20));

        Assert.That((await cache.FindAsync("k")).Level, Is.Zero);
    }

    [Test]
    public async Task No_copy_anywhere_outlives_what_was_granted([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        TestContext.Out.WriteLine($"seed {seed}");
        int count = random.Next(1, 5);
        double[] scales = [.. Enumerable.Range(0, count + 1).Select(_ => Math.Pow(2, random.Next(-2, 4)))];
        int[] frequencies = [.. Enumerable.Range(0, count).Select(_ => random.Next(3))];
        InMemoryTier[] tiers = [.. Enumerable.Range(0, count).Select(_ => new InMemoryTier(_time))];
        List<TestCache> caches = [];
        for (int i = 0; i < 3; i++)
            caches.Add(Create(tiers, scales[1..], frequencies, scales[0]));
        // What each value was given: its creation, and its base duration from there.
        Dictionary<string, (DateTimeOffset Created, TimeSpan Duration)> made = [];

        for (int step = 0; step < 120; step++)
        {
            _time.Advance(TimeSpan.FromSeconds(random.Next(40)));
            TestCache cache = caches[random.Next(caches.Count)];
            string key = "k" + random.Next(3);
            string value = "v" + step;
            var options = new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(random.Next(1, 300)) };
            switch (random.Next(10))
            {
                case 0:
                    made[value] = (_time.GetUtcNow(), options.Expiration.Value);
                    await cache.Hybrid.SetAsync(key, value, options);
                    break;
                case < 4:
                    await cache.Hybrid.GetOrCreateAsync(
                        key,
                        _ =>
                        {
                            var took = TimeSpan.FromSeconds(random.Next(5));
                            made[value] = (_time.GetUtcNow(), took + options.Expiration.Value);
                            _time.Advance(took);
                            return new ValueTask<string>(value);
                        },
                        options);
                    break;
                case 4:
                    await tiers[random.Next(count)].RemoveAsync(key, default);
                    break;
                default:
                    (string? found, int level) = await cache.FindAsync(key);
                    if (found is not null)
                        Assert.That(_time.GetUtcNow(), Is.LessThan(EndIn(found, level - 1)), $"{found} found in L{level} at step {step}");
                    break;
            }
            foreach (TestCache each in caches)
                await each.SettleAsync();
            for (int i = 0; i < count; i++)
            {
                foreach (string stored in tiers[i].Keys.Where(k => k[0] == 'k'))
                {
                    PayloadCodec.TryRead(await BytesAsync(tiers[i], stored), stored, out _, out ReadOnlyMemory<byte> payload);
                    string held = System.Text.Encoding.UTF8.GetString(payload.Span);
                    TimeSpan left = tiers[i].Peek(stored)!.Value.Absolute!.Value;
                    Assert.That(_time.GetUtcNow() + left, Is.LessThanOrEqualTo(EndIn(held, i + 1)), $"{held} in L{i + 2} at step {step}");
                    Assert.That(left, Is.LessThanOrEqualTo((made[held].Duration * scales[i + 1]) + Slack), $"{held} in L{i + 2} at step {step}");
                }
            }
        }
        foreach (TestCache cache in caches)
            await cache.DisposeAsync();

        // A copy in a tier was made there or came from below, so it ends when the longest-lived of these would keep a new entry.
        DateTimeOffset EndIn(string value, int index) => made[value].Created + (made[value].Duration * scales[index..].Max()) + Slack;
    }

    [Test]
    public async Task Of_many_hits_one_in_N_is_promoted_at_random()
    {
        const int Keys = 4_000;
        var random = new Random(7);
        TestContext.Out.WriteLine("seed 7");
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        for (int i = 0; i < Keys; i++)
            await writer.Hybrid.SetAsync("k" + i, "v");
        await using TestCache reader = Create([tier], [1], [10]);
        reader.Cache.Core.Chain.Random = random.Next;
        for (int i = 0; i < Keys; i++)
            await reader.FindAsync("k" + i);

        // Binomial: 400 expected, standard deviation 19.
        Assert.That(reader.Statistics.Tiers[0].Promotions, Is.InRange(325, 475));
        Assert.That(reader.Statistics.Tiers[0].Entries, Is.EqualTo(reader.Statistics.Tiers[0].Promotions));
    }

    [Test]
    public async Task A_tier_with_promotion_frequency_0_promotes_nothing_and_one_with_1_everything([Values(0, 1)] int frequency)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = Create([tier], [1], [frequency]);
        for (int i = 0; i < 100; i++)
            await writer.Hybrid.SetAsync("k" + i, "v");
        for (int i = 0; i < 100; i++)
            await reader.FindAsync("k" + i);

        Assert.That(reader.Statistics.Tiers[0].Entries, Is.EqualTo(100 * frequency));
    }

    [Test]
    public async Task A_call_can_forbid_promotion()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = TestCache.Create(_time, null, tier);
        await writer.Hybrid.SetAsync("k", "v");

        await reader.Cache.TryGetAsync<string>("k", new TieredEntryOptions { Promote = false });

        Assert.That((await reader.FindAsync("k")).Level, Is.EqualTo(2));
    }

    [Test]
    public async Task Entries_from_a_tier_that_cannot_tell_what_is_left_live_as_their_header_says()
    {
        var inner = new InMemoryTier(_time);
        var plain = new PlainTier(inner);
        await using TestCache writer = TestCache.Create(_time, null, plain);
        await using TestCache reader = TestCache.Create(_time, null, plain);
        await writer.Hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = TimeSpan.FromSeconds(10) });
        _time.Advance(TimeSpan.FromSeconds(9));

        Assert.That((await reader.FindAsync("k")).Level, Is.EqualTo(2));
        Assert.That((await reader.FindAsync("k")).Level, Is.EqualTo(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await reader.FindAsync("k")).Level, Is.Zero);
    }

    [Test]
    public async Task Bytes_without_a_header_are_promoted_only_from_a_tier_that_tells_what_is_left_of_their_life([Values] bool tells)
    {
        var inner = new InMemoryTier(_time);
        ICacheTier tier = tells ? inner : new PlainTier(inner);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = TestCache.Create(_time, null, tier);
        await writer.Distributed.SetAsync("k", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(10) });
        _time.Advance(TimeSpan.FromSeconds(9));

        Assert.That(await reader.Distributed.GetAsync("k"), Is.Not.Null);
        Assert.That(reader.Statistics.Tiers[0].Entries, Is.EqualTo(tells ? 1 : 0));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(await reader.Distributed.GetAsync("k"), Is.Null);
    }

    [Test]
    public async Task A_read_only_tier_is_read_and_never_touched()
    {
        var tier = new InMemoryTier(_time);
        var script = new TierScript(tier);
        var bottom = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await writer.Hybrid.SetAsync("k", "v");
        int before = script.Log.Count;
        await using TestCache reader = TestCache.Create(_time, b => b.AddTier("archive", _ => tier, o => o.ReadOnly = true).AddTier("bottom", _ => bottom));

        Assert.That(await reader.FindAsync("k"), Is.EqualTo(("v", 2)));
        await reader.Hybrid.SetAsync("a", "v");
        await reader.ComputeAsync("b", () => Task.FromResult("v"));
        await reader.SettleAsync();
        await reader.Hybrid.RemoveAsync("a");
        await reader.Hybrid.RemoveAsync(["a", "b"]);
        await reader.Hybrid.RemoveByTagAsync("t");
        await reader.Cache.RemoveByPatternAsync("*");
        await bottom.WriteAsync("promoted", await BytesAsync(tier, "k"), new TierLifetime(Minute), default);
        await reader.FindAsync("promoted");
        await reader.SettleAsync();

        Assert.That(script.Log.Skip(before).Select(l => l.Operation).Distinct(), Is.EqualTo(new[] { InMemoryTier.Read }));
    }

    [Test]
    public async Task A_value_too_large_for_one_tier_stays_out_of_that_one_alone_and_replaces_what_is_there()
    {
        InMemoryTier[] tiers = [new(_time), new(_time)];
        await using TestCache cache = TestCache.Create(_time, b => b.AddTier("small", _ => tiers[0], o => o.MaximumPayloadBytes = 200).AddTier("large", _ => tiers[1]));
        await cache.Hybrid.SetAsync("k", "small");

        await cache.Hybrid.SetAsync("k", new string('x', 300));
        await cache.ComputeAsync("c", () => Task.FromResult(new string('x', 300)));
        await cache.SettleAsync();

        Assert.That((tiers[0].Keys.Count, tiers[1].Keys.Contains("k"), tiers[1].Keys.Contains("c")), Is.EqualTo((0, true, true)));
        Assert.That(cache.Statistics.Tiers[1].TooLarge, Is.EqualTo(2));
    }

    [Test]
    public async Task A_value_too_large_for_a_tier_is_not_taken_from_it_either([Values] bool many)
    {
        var tier = new InMemoryTier(_time);
        await using TestCache writer = TestCache.Create(_time, null, tier);
        await using TestCache reader = TestCache.Create(_time, b => b.AddTier("small", _ => tier, o => o.MaximumPayloadBytes = 200));
        await writer.Hybrid.SetAsync("k", new string('x', 300));

        bool found = many ? (await reader.Cache.GetManyAsync<string>(["k"])).Count > 0 : (await reader.Cache.TryGetAsync<string>("k")).Found;

        Assert.That((found, reader.Statistics.Tiers[1].TooLarge), Is.EqualTo((false, 1)));
    }

    [Test]
    public async Task A_value_larger_than_the_cache_allows_is_kept_in_L1_alone()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, b => b.AddTier("t", _ => tier).Configure(o => o.MaximumPayloadBytes = 100));

        await cache.Hybrid.SetAsync("k", new string('x', 101));

        Assert.That((await cache.FindAsync("k")).Level, Is.EqualTo(1));
        Assert.That(tier.Keys, Is.Empty);
    }

    [Test]
    public async Task Bytes_larger_than_the_cache_allows_replace_what_the_tiers_hold_by_nothing()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, b => b.AddTier("t", _ => tier).Configure(o => o.MaximumPayloadBytes = 2));
        await using TestCache other = TestCache.Create(_time, null, tier);
        await cache.Distributed.SetAsync("k", [1], new DistributedCacheEntryOptions());

        await cache.Distributed.SetAsync("k", [1, 2, 3], new DistributedCacheEntryOptions());

        Assert.That(await other.Distributed.GetAsync("k"), Is.Null);
    }

    private TestCache Create(InMemoryTier[] tiers, double[] scales, int[]? frequencies = null, double memoryScale = 1) =>
        TestCache.Create(_time, builder =>
        {
            builder.AddMemory(m => m.TtlScale = memoryScale);
            for (int i = 0; i < tiers.Length; i++)
            {
                InMemoryTier tier = tiers[i];
                (double scale, int frequency) = (scales[i], frequencies?[i] ?? 1);
                builder.AddTier("tier" + i, _ => tier, o => (o.TtlScale, o.PromotionFrequency) = (scale, frequency));
            }
        });

    private static async Task<byte[]> BytesAsync(InMemoryTier tier, string key)
    {
        using TierEntry entry = await tier.ReadAsync(key, TierRead.Data, default);
        return entry.Data.ToArray();
    }

    private static async Task<EntryHeader> HeaderAsync(InMemoryTier tier, string key)
    {
        PayloadCodec.TryRead(await BytesAsync(tier, key), key, out EntryHeader header, out _);
        return header;
    }
}
