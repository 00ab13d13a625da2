using System.Text;
using HybridTiered.Redis.Tests.Cache.Support;
using HybridTiered.TestServers.Processes;
using Microsoft.Extensions.Caching.Distributed;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>The <see cref="IDistributedCache"/> face of two instances on one Redis, the way sessions use it.</summary>
[TestFixture]
[Category("Redis")]
public class DistributedFaceTests : RedisCacheFixture
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(20);
    private static readonly DistributedCacheEntryOptions Sliding = new() { SlidingExpiration = Window };

    [Test]
    public async Task What_one_instance_sets_and_removes_the_other_sees()
    {
        (CacheInstance one, CacheInstance other) = (await StartAsync(), await StartAsync());

        await one.Distributed.SetAsync("k", [1], new());
        Assert.That(await other.Distributed.GetAsync("k"), Is.EqualTo(new byte[] { 1 }));
        await one.Distributed.SetAsync("k", [2], new());
        await other.ReceivedAsync(2);
        Assert.That(await other.Distributed.GetAsync("k"), Is.EqualTo(new byte[] { 2 }));
        await other.Distributed.RemoveAsync("k");
        await one.ReceivedAsync(1);

        Assert.That(await one.Distributed.GetAsync("k"), Is.Null);
        Assert.That(await IsInRedisAsync("k"), Is.False);
    }

    [Test]
    public async Task Session_follows_its_user_from_instance_to_instance()
    {
        CacheInstance[] instances = [await StartAsync(), await StartAsync(), await StartAsync()];
        string session = Guid.NewGuid().ToString();
        for (int request = 1; request <= 12; request++)
        {
            CacheInstance instance = instances[request % instances.Length];
            string cart = await instance.Distributed.GetStringAsync(session) ?? "";
            Assert.That(cart, Is.EqualTo(string.Concat(Enumerable.Range(1, request - 1).Select(i => $"{i},"))));
            await instance.Distributed.SetStringAsync(session, $"{cart}{request},", Sliding);
            int sent = request;
            await Task.WhenAll(instances.Select(i => Eventually.TrueAsync(() => i.Received + i.Invalidations.Sent.Values.Sum() == sent, "the message")));
        }
    }

    [Test]
    public async Task Read_from_Redis_starts_the_sliding_window_again()
    {
        (CacheInstance one, CacheInstance other) = (await StartAsync(), await StartAsync());
        await one.Distributed.SetAsync("k", [1], Sliding);
        await ShortenAsync("k");

        await other.Distributed.GetAsync("k");

        Assert.That(await TimeToLiveAsync("k"), Is.GreaterThan(Window - TimeSpan.FromSeconds(5)));
    }

    [Test]
    public async Task Hits_in_memory_keep_the_entry_alive_in_Redis_without_a_write_for_each()
    {
        var time = new OffsetTimeProvider(TimeSpan.Zero);
        CacheInstance one = Keep(CacheInstance.CreateHooked([ConnectionString], Prefix, time: time));
        await one.StartAsync();
        int refreshed = 0;
        one.Tiers[0].Before = (step, _) =>
        {
            refreshed += step == TierStep.Refresh ? 1 : 0;
            return Task.CompletedTask;
        };
        await one.Distributed.SetAsync("k", [1], Sliding);
        await ShortenAsync("k");

        for (int i = 0; i < 100; i++)
            await one.Distributed.GetAsync("k");
        await one.QuietAsync();
        Assert.That(refreshed, Is.Zero, "the window has only just begun");

        time.Advance(Window / 4);
        for (int i = 0; i < 100; i++)
            await one.Distributed.GetAsync("k");
        await one.QuietAsync();
        Assert.That(refreshed, Is.EqualTo(1));
        Assert.That(await TimeToLiveAsync("k"), Is.GreaterThan(Window - TimeSpan.FromSeconds(5)));

        // Three windows after it was set it still lives, as it was read in between.
        for (int i = 0; i < 12; i++)
        {
            time.Advance(Window / 4);
            Assert.That(await one.Distributed.GetAsync("k"), Is.Not.Null);
        }
        time.Advance(Window);
        await (await DirectAsync()).KeyDeleteAsync(Prefix + "k");
        Assert.That(await one.Distributed.GetAsync("k"), Is.Null, "a window without a read");
    }

    [Test]
    public async Task Refresh_extends_the_entry_never_past_its_absolute_end()
    {
        CacheInstance one = await StartAsync();
        var capped = new DistributedCacheEntryOptions { SlidingExpiration = Window, AbsoluteExpirationRelativeToNow = Window / 2 };
        await one.Distributed.SetAsync("free", [1], Sliding);
        await one.Distributed.SetAsync("capped", [1], capped);
        await ShortenAsync("free", "capped");

        await one.Distributed.RefreshAsync("free");
        await one.Distributed.RefreshAsync("capped");

        Assert.That(await TimeToLiveAsync("free"), Is.GreaterThan(Window - TimeSpan.FromSeconds(5)));
        Assert.That(await TimeToLiveAsync("capped"), Is.GreaterThan((Window / 2) - TimeSpan.FromSeconds(5)).And.LessThanOrEqualTo(Window / 2));
    }

    [Test]
    public async Task Entry_promoted_by_the_other_instance_ends_when_the_first_said()
    {
        var time = new OffsetTimeProvider(TimeSpan.Zero);
        (CacheInstance one, CacheInstance other) = (await StartAsync(), await StartAsync(time: time));
        await one.Distributed.SetAsync("k", Encoding.UTF8.GetBytes("v"), new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(2) });
        await other.ReceivedAsync(1);
        Assert.That(await other.Distributed.GetAsync("k"), Is.Not.Null);
        await (await DirectAsync()).KeyDeleteAsync(Prefix + "k");

        time.Advance(TimeSpan.FromSeconds(110));
        Assert.That(await other.Distributed.GetAsync("k"), Is.Not.Null, "in memory");
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.That(await other.Distributed.GetAsync("k"), Is.Null);
    }

    private async Task ShortenAsync(params string[] keys)
    {
        foreach (string key in keys)
            await (await DirectAsync()).KeyExpireAsync(Prefix + key, TimeSpan.FromSeconds(60));
    }

    private async Task<TimeSpan?> TimeToLiveAsync(string key) => await (await DirectAsync()).KeyTimeToLiveAsync(Prefix + key);
}
