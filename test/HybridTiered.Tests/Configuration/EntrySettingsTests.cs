using HybridTiered.Configuration;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests.Configuration;

/// <summary>What a call, a policy and the defaults say, as it shows in the tiers.</summary>
[TestFixture, Category("Unit")]
public sealed class EntrySettingsTests
{
    private readonly ManualTimeProvider _time = new();
    private InMemoryTier _tier = null!;

    [SetUp]
    public void CreateTier() => _tier = new InMemoryTier(_time);

    [Test]
    public async Task The_first_policy_that_matches_applies_alone()
    {
        await using TestCache cache = Create(
            new EntryPolicy { Pattern = "a:b:*", Expiration = TimeSpan.FromMinutes(1) },
            new EntryPolicy { Pattern = "a:*", Expiration = TimeSpan.FromMinutes(2), SlidingExpiration = TimeSpan.FromSeconds(30) });

        await cache.Hybrid.SetAsync("a:b:c", "v");
        await cache.Hybrid.SetAsync("a:c", "v");
        await cache.Hybrid.SetAsync("c", "v");

        Assert.That(new[] { "a:b:c", "a:c", "c" }.Select(k => _tier.Peek(k)), Is.EqualTo(new TierLifetime?[]
        {
            new(TimeSpan.FromMinutes(1)),
            new(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(30)),
            new(TimeSpan.FromMinutes(5)),
        }));
    }

    [Test]
    public async Task A_call_wins_over_its_policy_where_it_says_something()
    {
        await using TestCache cache = Create(new EntryPolicy
        {
            Pattern = "*",
            Expiration = TimeSpan.FromMinutes(1),
            SlidingExpiration = TimeSpan.FromSeconds(30),
        });

        await cache.Hybrid.SetAsync("expiration", "v", CacheStrategy.RealTime);
        await cache.Hybrid.SetAsync("sliding", "v", new TieredEntryOptions { SlidingExpiration = TimeSpan.FromSeconds(5) });
        await cache.Hybrid.SetAsync("nothing", "v", new HybridCacheEntryOptions());

        Assert.That(new[] { "expiration", "sliding", "nothing" }.Select(k => _tier.Peek(k)), Is.EqualTo(new TierLifetime?[]
        {
            new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)),
            new(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5)),
            new(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30)),
        }));
    }

    [Test]
    public async Task Flags_of_a_policy_hold_for_its_keys_even_on_a_hit()
    {
        await using TestCache cache = Create(new EntryPolicy { Pattern = "fresh:*", Flags = HybridCacheEntryFlags.DisableLocalCache });
        await cache.Hybrid.SetAsync("fresh:1", "v");
        await cache.Hybrid.SetAsync("other", "v");

        Assert.That(((await cache.Cache.TryGetAsync<string>("fresh:1")).Level, (await cache.Cache.TryGetAsync<string>("other")).Level), Is.EqualTo((2, 1)));
        Assert.That((await cache.Cache.GetManyAsync<string>(["fresh:1", "other"])).Count, Is.EqualTo(2));
        Assert.That(
            (await cache.Cache.TryGetAsync<string>("fresh:1", new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableDistributedCache })).Found,
            Is.False, "the flags of a call replace those of the policy");
    }

    [TestCase(false, null, 2)]
    [TestCase(true, null, 1)]
    [TestCase(null, false, 2)]
    [TestCase(false, true, 1)]
    [TestCase(null, null, 1)]
    public async Task Whether_a_hit_is_promoted_can_be_said(bool? byPolicy, bool? byCall, int level)
    {
        await using TestCache writer = TestCache.Create(_time, null, _tier);
        await using TestCache reader = Create(new EntryPolicy { Pattern = "*", Promote = byPolicy });
        await writer.Hybrid.SetAsync("k", "v");

        await reader.Cache.TryGetAsync<string>("k", new TieredEntryOptions { Promote = byCall });

        Assert.That((await reader.Cache.TryGetAsync<string>("k")).Level, Is.EqualTo(level));
    }

    [Test]
    public void Tiered_options_convert_to_one_and_the_same_instance_that_says_as_much_as_it_can()
    {
        var options = new TieredEntryOptions
        {
            Expiration = TimeSpan.FromMinutes(1),
            LocalExpiration = TimeSpan.FromSeconds(2),
            Flags = HybridCacheEntryFlags.DisableCompression,
            SlidingExpiration = TimeSpan.FromSeconds(3),
        };

        HybridCacheEntryOptions? converted = options;

        Assert.That(converted, Is.SameAs(options.ToHybridCacheEntryOptions()));
        Assert.That(
            (converted!.Expiration, converted.LocalCacheExpiration, converted.Flags),
            Is.EqualTo((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2), HybridCacheEntryFlags.DisableCompression)));
        Assert.That((HybridCacheEntryOptions?)(TieredEntryOptions?)null, Is.Null);
    }

    private TestCache Create(params EntryPolicy[] policies) => TestCache.Create(_time, b => b.AddTier("lower", _ => _tier).Configure(o =>
    {
        foreach (EntryPolicy policy in policies)
            o.Policies.Add(policy);
    }));
}
