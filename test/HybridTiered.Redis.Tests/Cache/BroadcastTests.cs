using HybridTiered.Invalidation;
using HybridTiered.Redis.Tests.Cache.Support;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>What a set tells the other instances, by the cache's default and by a call's own word.</summary>
[TestFixture]
[Category("Redis")]
public class BroadcastTests : RedisCacheFixture
{
    // The first message of an empty journal has it read at once; a value pushed meanwhile is found there without its bytes, and removes instead.
    [SetUp]
    public async Task BeginJournal() => await (await StartAsync()).Cache.RemoveAsync("before");

    [TestCase(BroadcastMode.Remove, null)]
    [TestCase(BroadcastMode.Update, null)]
    [TestCase(BroadcastMode.None, null)]
    [TestCase(BroadcastMode.None, BroadcastMode.Remove)]
    [TestCase(BroadcastMode.Remove, BroadcastMode.Update)]
    [TestCase(BroadcastMode.Update, BroadcastMode.None)]
    public async Task Set_tells_the_others_what_it_is_to(BroadcastMode ofCache, BroadcastMode? ofCall)
    {
        CacheInstance setter = await StartAsync(o => o.DefaultBroadcast = ofCache);
        CacheInstance holder = await StartAsync();
        await holder.Cache.SetAsync("k", "old");
        await setter.ReceivedAsync(1);
        TieredEntryOptions? options = ofCall is null ? null : new TieredEntryOptions { Broadcast = ofCall };

        await setter.Cache.SetAsync("k", "new", options);

        await LastMessageAsync(setter, holder);
        CacheResult<string> expected = (ofCall ?? ofCache) switch
        {
            BroadcastMode.Remove => new(true, "new", 2),
            BroadcastMode.Update => new(true, "new", 1),
            _ => new(true, "old", 1),
        };
        Assert.That(await holder.FindAsync("k"), Is.EqualTo(expected));
        Assert.That(await (await StartAsync()).FindAsync("k"), Is.EqualTo(new CacheResult<string>(true, "new", 2)), "in Redis");
    }

    [Test]
    public async Task Update_is_put_where_there_is_nothing_and_where_it_is_known_to_be_newer_and_removes_elsewhere()
    {
        CacheInstance setter = await StartAsync();
        CacheInstance empty = await StartAsync();
        CacheInstance versioned = await StartAsync();
        CacheInstance unversioned = await StartAsync();
        await versioned.Cache.SetAsync("k", "old");
        await unversioned.ReceivedAsync(1);
        Assert.That((await unversioned.FindAsync("k")).Level, Is.EqualTo(2));
        await unversioned.QuietAsync();

        await setter.Cache.UpdateAsync("k", "new");

        await Task.WhenAll(empty.ReceivedAsync(2), versioned.ReceivedAsync(1), unversioned.ReceivedAsync(2));
        Assert.That(await empty.FindAsync("k"), Is.EqualTo(new CacheResult<string>(true, "new", 1)));
        Assert.That(await versioned.FindAsync("k"), Is.EqualTo(new CacheResult<string>(true, "new", 1)));
        Assert.That(await unversioned.FindAsync("k"), Is.EqualTo(new CacheResult<string>(true, "new", 2)), "a read does not tell versions");
    }

    [Test]
    public async Task Update_too_large_for_a_message_has_the_others_drop_theirs()
    {
        CacheInstance setter = await StartAsync(o => o.MaximumBroadcastBytes = 1000);
        CacheInstance holder = await StartAsync();
        await holder.GetAsync("k", "old");
        await holder.QuietAsync();
        string large = new('x', 2000);

        await setter.Cache.UpdateAsync("k", large);

        await holder.ReceivedAsync(1);
        Assert.That(holder.Invalidations.Received[InvalidationKind.Key], Is.EqualTo(1));
        Assert.That(await holder.FindAsync("k"), Is.EqualTo(new CacheResult<string>(true, large, 2)));
    }

    [Test]
    public async Task Value_too_large_for_Redis_takes_the_old_one_out_of_it([Values] bool bytes)
    {
        CacheInstance setter = await StartAsync(o => o.MaximumPayloadBytes = 1000);
        CacheInstance other = await StartAsync();
        await (bytes ? setter.Distributed.SetAsync("k", [1], new()) : setter.Cache.SetAsync("k", "old").AsTask());
        await other.ReceivedAsync(1);
        Assert.That(await IsInRedisAsync("k"), Is.True);

        await (bytes ? setter.Distributed.SetAsync("k", new byte[2000], new()) : setter.Cache.SetAsync("k", new string('x', 2000)).AsTask());

        await other.ReceivedAsync(2);
        Assert.That(await IsInRedisAsync("k"), Is.False);
        Assert.That(await LengthAsync(other), Is.Null);
        Assert.That(await LengthAsync(setter), Is.EqualTo(2000), "still in L1");

        async Task<int?> LengthAsync(CacheInstance instance) =>
            bytes ? (await instance.Distributed.GetAsync("k"))?.Length : (await instance.FindAsync("k")).Value?.Length;
    }

    [Test]
    public async Task Update_takes_tags_and_lifetime_along()
    {
        CacheInstance setter = await StartAsync();
        var time = new OffsetTimeProvider(TimeSpan.Zero);
        CacheInstance holder = await StartAsync(time: time);
        var options = new TieredEntryOptions { Expiration = TimeSpan.FromMinutes(10) };
        await setter.Cache.UpdateAsync("tagged", "new", options, ["t"]);
        await setter.Cache.UpdateAsync("kept", "new", options);
        await holder.ReceivedAsync(2);
        Assert.That((await holder.FindAsync("tagged")).Level, Is.EqualTo(1));

        await setter.Cache.RemoveByTagAsync("t");
        await holder.ReceivedAsync(3);

        Assert.That((await holder.FindAsync("tagged")).Found, Is.False);
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.That((await holder.FindAsync("kept")).Level, Is.EqualTo(1));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.That((await holder.FindAsync("kept")).Level, Is.Not.EqualTo(1));
    }

    [Test]
    public async Task Computed_and_promoted_values_are_not_broadcast()
    {
        CacheInstance first = await StartAsync(o => o.DefaultBroadcast = BroadcastMode.Update);
        CacheInstance second = await StartAsync(o => o.DefaultBroadcast = BroadcastMode.Update);

        await first.GetAsync("k", "computed");
        await first.QuietAsync();
        Assert.That((await second.FindAsync("k")).Level, Is.EqualTo(2));
        await second.QuietAsync();

        Assert.That(first.Invalidations.Sent.Values.Concat(second.Invalidations.Sent.Values), Is.All.Zero);
        await LastMessageAsync(first, second);
        Assert.That(second.Received, Is.EqualTo(1));
    }

    private static async Task LastMessageAsync(CacheInstance sender, CacheInstance receiver)
    {
        await sender.Cache.RemoveByTagAsync("the end");
        await TestServers.Processes.Eventually.TrueAsync(() => receiver.Invalidations.Received[InvalidationKind.Tag] == 1, "the last message");
    }
}
