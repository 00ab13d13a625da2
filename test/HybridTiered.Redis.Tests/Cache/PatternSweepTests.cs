using HybridTiered.Redis.Tests.Cache.Support;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>A removal by pattern takes effect at once; what it deletes from Redis behind the call is what was there before it.</summary>
[TestFixture]
[Category("Redis")]
public class PatternSweepTests : RedisCacheFixture
{
    [Test]
    public async Task What_is_set_after_a_removal_by_pattern_survives_the_sweep_behind_it([Values] bool everything)
    {
        const int Old = 3000;
        CacheInstance instance = await StartAsync();
        await instance.Cache.GetOrCreateManyAsync(
            Enumerable.Range(0, Old).Select(i => $"item:{i}"), (keys, _) => new ValueTask<IReadOnlyDictionary<string, string>>(keys.ToDictionary(k => k, _ => "old")));
        await instance.QuietAsync();

        await (everything ? instance.Cache.ClearAsync() : instance.Cache.RemoveByPatternAsync("item:*"));
        Assert.That((await instance.FindAsync("item:1")).Found, Is.False);
        string[] again = [.. Enumerable.Range(0, 100).Select(i => $"item:{i}")];
        await Task.WhenAll(again.Select(key => instance.Cache.SetAsync(key, "new").AsTask()));
        await instance.QuietAsync();

        CacheInstance other = await StartAsync();
        Assert.That(await other.Cache.GetManyAsync<string>(again), Has.Count.EqualTo(again.Length).And.All.Property("Value").EqualTo("new"));
        Assert.That(await IsInRedisAsync($"item:{Old - 1}"), Is.False, "swept");
    }

    [Test]
    public async Task Sweep_takes_along_an_entry_whose_version_is_ahead_of_the_servers_time()
    {
        CacheInstance instance = await StartAsync();
        await instance.Cache.SetAsync("item:1", "old");
        long later = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds() * 1000;
        await (await DirectAsync()).HashSetAsync(Prefix + "item:1", "ver", later);

        await instance.Cache.RemoveByPatternAsync("item:*");

        await Eventually.TrueAsync(async () => !await IsInRedisAsync("item:1"), "swept, or it would be alive again when the pattern is forgotten");
    }
}
