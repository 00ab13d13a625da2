using HybridTiered.TestServers.Redis;

namespace HybridTiered.Samples.Tests;

/// <summary>The samples that can use a server, on a real one.</summary>
[TestFixture, Category("Redis")]
public sealed class TourOnRedisTests
{
    private RedisServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await RedisServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Event_streams() =>
        Assert.That(await Run.SampleAsync("streams", _server.EndPoint), Is.EqualTo(new[]
        {
            "the latest two: 5, 4", "a reader from the beginning: 1, 2, 3, 4, 5", "ann packs 1, 2, 3 and acknowledges 3", "bob packs 4, 5 and acknowledges 2",
        }));

    [Test]
    public async Task A_pushed_value_is_in_the_other_instances_memory_where_the_tier_gives_versions() =>
        Assert.That(await Run.SampleAsync("instances", _server.EndPoint), Has.Some.EqualTo("A pushes 8 (Update); B reads: 8 from L1"));

    [Test]
    public async Task Multi_tier() =>
        Assert.That((await Run.SampleAsync("multi-tier", _server.EndPoint)).Select(line => line.Split(' ')[^1]), Is.EqualTo(new[] { "source", "L1", "L2", "L1", "L3", "L1" }));
}
