using HybridTiered.Entries;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tiers;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Tiers;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisPatternRemovalTests
{
    private static readonly TierLifetime Minute = new(TimeSpan.FromMinutes(1));

    private RedisConnection _connection = null!;

    [SetUp]
    public void Connect() => _connection = SharedServer.Connect();

    [TearDown]
    public async Task CloseConnection() => await _connection.DisposeAsync();

    [Test]
    public async Task Ten_thousand_matching_keys_are_removed_and_no_other(CancellationToken cancellationToken)
    {
        RedisTier tier = Tier(SharedServer.NextPrefix());
        string[] keys = [.. Enumerable.Range(0, 10_000).Select(i => $"user:{i}")];
        await Task.WhenAll(keys.Append("order:1").Select(key => tier.WriteAsync(key, new byte[10], Minute, cancellationToken).AsTask()));

        long removed = await tier.RemoveByPatternAsync(new GlobPattern("user:*"), "", cancellationToken);

        Assert.That(removed, Is.EqualTo(10_000));
        Assert.That((await tier.ReadManyAsync(keys, cancellationToken)).Any(entry => entry.Found), Is.False);
        Assert.That(await FoundAsync(tier, "order:1"), Is.True);
    }

    [TestCase("a[b]*c?d\\:", "x*", "xyz", "yxz")]
    [TestCase("", "t🧀?t", "t🧀ut", "t🧀uut")]
    [TestCase("", "caf?-*", "café-1", "cafée-1")]
    [TestCase("", "[^a]x", "éx", "ax")]
    [TestCase("", "line\n*", "line\nbreak", "line break")]
    public async Task Prefix_and_pattern_mean_characters_whatever_they_contain(string prefix, string pattern, string matching, string other, CancellationToken cancellationToken)
    {
        string own = SharedServer.NextPrefix();
        RedisTier tier = Tier(own + prefix);
        foreach (string key in new[] { matching, other })
            await tier.WriteAsync(key, new byte[1], Minute, cancellationToken);

        long removed = await tier.RemoveByPatternAsync(new GlobPattern(pattern), "", cancellationToken);

        Assert.That(removed, Is.EqualTo(1));
        Assert.That(await FoundAsync(tier, matching), Is.False);
        Assert.That(await FoundAsync(tier, other), Is.True);
    }

    [Test]
    public async Task Keys_to_keep_other_peoples_keys_and_removed_keys_are_left_alone(CancellationToken cancellationToken)
    {
        string prefix = SharedServer.NextPrefix();
        RedisTier tier = Tier(prefix);
        IDatabase database = (await _connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();
        await database.StringSetAsync(prefix + "string", "x", TimeSpan.FromMinutes(1));
        await database.HashSetAsync(prefix + "hash", "field", "x");
        await tier.WriteAsync("__tag__a", new byte[1], Minute, cancellationToken);
        await tier.WriteAsync("a", new byte[1], Minute, cancellationToken);
        EntryVersion removedBefore = await tier.RemoveAsync("gone", cancellationToken);

        long removed = await tier.RemoveByPatternAsync(new GlobPattern("*"), "__tag__", cancellationToken);

        Assert.That(removed, Is.EqualTo(1));
        Assert.That(await database.KeyExistsAsync([prefix + "string", prefix + "hash"]), Is.EqualTo(2));
        Assert.That(await FoundAsync(tier, "__tag__a"), Is.True);
        Assert.That(await tier.ReadVersionAsync("gone", cancellationToken), Is.EqualTo(removedBefore));
    }

    [Test]
    public async Task Removal_by_pattern_refuses_the_write_of_a_computation_that_saw_the_removed_entry(CancellationToken cancellationToken)
    {
        RedisTier tier = Tier(SharedServer.NextPrefix());
        EntryVersion seen = await tier.WriteAsync("k", new byte[1], Minute, cancellationToken);

        await tier.RemoveByPatternAsync(new GlobPattern("k"), "", cancellationToken);

        Assert.That(await tier.WriteIfUnchangedAsync("k", new byte[1], Minute, seen, cancellationToken), Is.Null);
    }

    [Test]
    public async Task Entry_written_after_the_removal_began_is_left_alone(CancellationToken cancellationToken)
    {
        string prefix = SharedServer.NextPrefix();
        IDatabase database = (await _connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();
        EntryVersion written = await Tier(prefix).WriteAsync("k", new byte[1], Minute, cancellationToken);

        Assert.That(await RemoveAsync(begun: written.Value - 1), Is.Zero);
        Assert.That(await RemoveAsync(begun: written.Value), Is.GreaterThan(written.Value));

        async Task<long> RemoveAsync(long begun) => (long)await RedisTierScripts.RemoveEntry.EvaluateAsync(database, [prefix + "k"], [60_000, begun]);
    }

    [Test]
    public async Task Scan_looks_into_the_database_of_the_connection(CancellationToken cancellationToken)
    {
        string prefix = SharedServer.NextPrefix();
        await using RedisConnection third = SharedServer.Connect(",defaultDatabase=3");
        var there = new RedisTier(third, new RedisTierOptions { InstanceName = prefix });
        await Tier(prefix).WriteAsync("k", new byte[1], Minute, cancellationToken);
        await there.WriteAsync("k", new byte[1], Minute, cancellationToken);

        Assert.That(await there.RemoveByPatternAsync(new GlobPattern("*"), "", cancellationToken), Is.EqualTo(1));

        Assert.That(await FoundAsync(there, "k"), Is.False);
        Assert.That(await FoundAsync(Tier(prefix), "k"), Is.True);
    }

    private static async Task<bool> FoundAsync(RedisTier tier, string key)
    {
        using TierEntry entry = await tier.ReadAsync(key, TierRead.Data, default);
        return entry.Found;
    }

    private RedisTier Tier(string prefix) => new(_connection, new RedisTierOptions { InstanceName = prefix });
}
