using HybridTiered.Invalidation;
using HybridTiered.Redis.Tests.Cache.Support;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>What one instance invalidates is gone from the L1 of all others, by one message each.</summary>
[TestFixture]
[Category("Redis")]
public class CoherenceTests : RedisCacheFixture
{
    private static readonly string[] Keys = ["item:1", "item:2"];

    public static IEnumerable<TestCaseData> Invalidations()
    {
        foreach (int instances in (int[])[2, 3])
        {
            yield return Case(instances, "remove", InvalidationKind.Key, cache => cache.RemoveAsync("item:1"), "item:1");
            yield return Case(instances, "remove many", InvalidationKind.Keys, cache => cache.RemoveAsync(Keys), Keys);
            yield return Case(instances, "tag", InvalidationKind.Tag, cache => cache.RemoveByTagAsync("items"), Keys);
            yield return Case(instances, "tags", InvalidationKind.Tag, cache => cache.RemoveByTagAsync(["items", "none"]), Keys);
            yield return Case(instances, "wildcard", InvalidationKind.All, cache => cache.RemoveByTagAsync("*"), [.. Keys, "other"]);
            yield return Case(instances, "clear", InvalidationKind.All, cache => cache.ClearAsync(), [.. Keys, "other"]);
            yield return Case(instances, "pattern", InvalidationKind.Pattern, cache => cache.RemoveByPatternAsync("item:[0-9]"), Keys);
        }

        static TestCaseData Case(int instances, string name, InvalidationKind kind, Func<TieredCache, ValueTask> act, params string[] dead) =>
            new TestCaseData(instances, kind, act, dead).SetArgDisplayNames(name, $"{instances}");
    }

    [TestCaseSource(nameof(Invalidations))]
    public async Task Removal_reaches_every_instance_once(int count, InvalidationKind kind, Func<TieredCache, ValueTask> act, string[] dead)
    {
        CacheInstance[] instances = await StartAsync(count);
        await FillAsync(instances);

        await act(instances[0].Cache);

        await Task.WhenAll(instances[1..].Select(i => i.ReceivedAsync(1)));
        foreach (CacheInstance instance in instances)
        {
            foreach (string key in (string[])[.. Keys, "other"])
            {
                CacheResult<string> found = await instance.FindAsync(key);
                Assert.That(found.Level, Is.EqualTo(dead.Contains(key) ? 0 : 1), key);
                Assert.That(found.Found, Is.EqualTo(!dead.Contains(key)), key);
            }
        }
        await AssertOnlyMessageAsync(instances, kind);
    }

    [TestCase(2, BroadcastMode.Remove, InvalidationKind.Key)]
    [TestCase(3, BroadcastMode.Remove, InvalidationKind.Key)]
    [TestCase(2, BroadcastMode.Update, InvalidationKind.Update)]
    [TestCase(3, BroadcastMode.Update, InvalidationKind.Update)]
    public async Task New_value_reaches_every_instance_once(int count, BroadcastMode mode, InvalidationKind kind)
    {
        CacheInstance[] instances = await StartAsync(count);
        await FillAsync(instances);

        await (mode == BroadcastMode.Update ? instances[0].Cache.UpdateAsync("item:1", "new") : instances[0].Cache.SetAsync("item:1", "new"));

        await Task.WhenAll(instances[1..].Select(i => i.ReceivedAsync(1)));
        Assert.That(await instances[0].FindAsync("item:1"), Is.EqualTo(new CacheResult<string>(true, "new", 1)));
        foreach (CacheInstance other in instances[1..])
            Assert.That((await other.FindAsync("item:1")).Value, Is.EqualTo("new"));
        await AssertOnlyMessageAsync(instances, kind);
    }

    [Test]
    public async Task Many_keys_are_read_from_each_tier_at_once_and_removed_by_few_messages()
    {
        CacheInstance[] instances = await StartAsync(2);
        string[] keys = [.. Enumerable.Range(0, 2500).Select(i => $"bulk {i}")];
        await instances[0].Cache.GetOrCreateManyAsync(
            keys, (missing, _) => new ValueTask<IReadOnlyDictionary<string, string>>(missing.ToDictionary(k => k, k => k)));
        await instances[0].QuietAsync();
        Assert.That(await instances[1].Cache.GetManyAsync<string>(keys), Has.Count.EqualTo(keys.Length));
        Assert.That(instances[1].Statistics.Tiers[1].Hits, Is.EqualTo(keys.Length));

        await instances[0].Cache.RemoveAsync(keys);

        await instances[1].ReceivedAsync(3);
        Assert.That(await instances[1].Cache.GetManyAsync<string>(keys), Is.Empty);
        Assert.That(instances[0].Invalidations.Sent[InvalidationKind.Keys], Is.EqualTo(3));
    }

    [Test]
    public async Task Message_that_the_journal_holds_too_is_applied_once()
    {
        CacheInstance[] instances = [await StartAsync(o => o.JournalInterval = TimeSpan.FromMilliseconds(100)),
            await StartAsync(o => o.JournalInterval = TimeSpan.FromMilliseconds(100))];

        for (int i = 0; i < 20; i++)
            await instances[0].Cache.RemoveAsync($"k{i}");

        long before = instances[1].Invalidations.CatchUps;
        await Eventually.TrueAsync(() => instances[1].Invalidations.CatchUps >= before + 2, "the journal was read twice");
        Assert.That(instances[1].Received, Is.EqualTo(20));
        Assert.That(instances[0].Received, Is.Zero);
        Assert.That(instances[1].Invalidations.JournalPosition, Is.EqualTo(instances[0].Invalidations.JournalPosition));
    }

    [Test]
    public async Task Reader_never_sees_an_older_value_after_a_newer_one()
    {
        CacheInstance[] instances = await StartAsync(2);
        using var done = new CancellationTokenSource();
        await instances[0].Cache.SetAsync("counter", 0);
        Task<string> reading = Task.Run(async () =>
        {
            int last = 0;
            while (!done.IsCancellationRequested)
            {
                CacheResult<int> seen = await instances[1].Cache.TryGetAsync<int>("counter");
                if (seen.Found && seen.Value < last)
                    return $"{seen.Value} after {last}";
                last = Math.Max(last, seen.Value);
            }
            return "in order";
        });

        for (int i = 1; i <= 500; i++)
            await (i % 2 == 0 ? instances[0].Cache.UpdateAsync("counter", i) : instances[0].Cache.SetAsync("counter", i));

        await instances[1].ReceivedAsync(500);
        await done.CancelAsync();
        Assert.That(await reading, Is.EqualTo("in order"));
        // On a machine that stands still for as long as the hard timeout a set is not taken by Redis; the old value then goes when Redis is asked again.
        await Eventually.TrueAsync(
            async () => await instances[1].Cache.TryGetAsync<int>("counter") is { Found: false } or { Value: 500 }, "the newest value is there, or none");
    }

    private async Task<CacheInstance[]> StartAsync(int count) => await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartAsync()));

    // Computed by the last, so that the first, which will invalidate, has it from Redis like any other.
    private static async Task FillAsync(CacheInstance[] instances)
    {
        foreach (CacheInstance instance in instances.Reverse())
        {
            foreach (string key in Keys)
                await instance.GetAsync(key, "old", "items");
            await instance.GetAsync("other", "old", "others");
            await instance.QuietAsync();
        }
        foreach (CacheInstance instance in instances)
            Assert.That((await instance.FindAsync("item:1")).Level, Is.EqualTo(1));
    }

    // A further message of another kind comes after everything that was sent before, so when it is there nothing is still to come.
    private static async Task AssertOnlyMessageAsync(CacheInstance[] instances, InvalidationKind kind)
    {
        InvalidationKind last = kind == InvalidationKind.Tag ? InvalidationKind.Key : InvalidationKind.Tag;
        await (last == InvalidationKind.Key ? instances[0].Cache.RemoveAsync("the end") : instances[0].Cache.RemoveByTagAsync("the end"));
        await Task.WhenAll(instances[1..].Select(i => Eventually.TrueAsync(() => i.Invalidations.Received[last] == 1, "the last message")));

        Assert.That(instances[0].Invalidations.Sent.Where(k => k.Value > 0), Is.EquivalentTo(Once(kind, last)));
        Assert.That(instances[0].Received, Is.Zero, "its own messages");
        foreach (CacheInstance other in instances[1..])
        {
            Assert.That(other.Invalidations.Received.Where(k => k.Value > 0), Is.EquivalentTo(Once(kind, last)));
            Assert.That(other.Invalidations.Sent.Values, Is.All.Zero);
        }
    }

    private static Dictionary<InvalidationKind, long> Once(params InvalidationKind[] kinds) => kinds.ToDictionary(k => k, _ => 1L);
}
