using HybridTiered.Entries;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tiers;
using HybridTiered.TestServers.Redis;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Tiers;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisLargeEntryTests
{
    private const string Prefix = "large:";

    private static readonly TierLifetime Minute = new(TimeSpan.FromMinutes(1));
    private static readonly byte[] Large = MakeLarge(1);
    private static readonly byte[] OtherLarge = MakeLarge(2);

    private RedisServer _server = null!;
    private RedisConnection _connection = null!;
    private RedisTier _tier = null!;
    private IDatabase _database = null!;

    [SetUp]
    public async Task StartServer()
    {
        _server = await RedisServer.StartAsync();
        _connection = new RedisConnection(_server.EndPoint + ",allowAdmin=true");
        _tier = TierOn(_connection);
        _database = await _connection.GetDatabaseAsync(default);
    }

    [TearDown]
    public async Task StopServer()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Large_data_is_no_argument_of_a_script_and_small_data_is(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("small", new byte[100], Minute, cancellationToken);
        Assert.That(await CallsOfAsync("exec"), Is.Zero);

        EntryVersion version = await _tier.WriteAsync("k", Large, Minute, cancellationToken);
        await _tier.WriteIfUnchangedAsync("k", OtherLarge, Minute, version, cancellationToken);

        Assert.That((await CallsOfAsync("exec"), await CallsOfAsync("rename")), Is.EqualTo((2, 1)), "only where the version decides the data has to lie somewhere else first");
    }

    [Test]
    public async Task Large_entry_over_a_small_one_and_a_small_one_over_a_large_one_leave_nothing_of_the_other(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[10], Minute with { Sliding = TimeSpan.FromSeconds(20) }, cancellationToken);
        await _tier.WriteAsync("k", Large, default, cancellationToken);
        HashEntry[] large = await _database.HashGetAllAsync(Prefix + "k");
        TimeSpan? left = await _database.KeyTimeToLiveAsync(Prefix + "k");
        await _tier.WriteAsync("k", new byte[10], Minute, cancellationToken);
        HashEntry[] small = await _database.HashGetAllAsync(Prefix + "k");

        Assert.That(left, Is.Null);
        Assert.That(large.Select(field => (string?)field.Name).Order(), Is.EqualTo(new[] { "absexp", "data", "sldexp", "ver" }));
        Assert.That(large.Where(field => field.Name == "absexp" || field.Name == "sldexp").Select(field => (long)field.Value), Is.All.EqualTo(-1));
        Assert.That(small.Single(field => field.Name == "data").Value.Length(), Is.EqualTo(10));
    }

    [Test]
    public async Task Large_entry_over_the_remains_of_a_removal_has_its_own_time_to_live_and_a_later_version(CancellationToken cancellationToken)
    {
        EntryVersion removed = await _tier.RemoveAsync("k", cancellationToken);
        EntryVersion written = await _tier.WriteAsync("k", Large, default, cancellationToken);

        Assert.That(written.Value, Is.GreaterThan(removed.Value));
        Assert.That(await _database.KeyTimeToLiveAsync(Prefix + "k"), Is.Null);
    }

    [Test]
    public async Task Large_entry_replaces_what_was_there_with_its_time_to_live_and_leaves_no_other_key(CancellationToken cancellationToken)
    {
        EntryVersion first = await _tier.WriteAsync("k", Large, Minute, cancellationToken);
        EntryVersion second = await _tier.WriteAsync("k", OtherLarge, Minute with { Sliding = TimeSpan.FromSeconds(20) }, cancellationToken);

        Assert.That(second.Value, Is.GreaterThan(first.Value));
        Assert.That(await _tier.ReadVersionAsync("k", cancellationToken), Is.EqualTo(second));
        Assert.That(await KeysAsync(), Is.EqualTo(new[] { Prefix + "k" }));
        Assert.That(await _database.KeyTimeToLiveAsync(Prefix + "k"), Is.EqualTo(TimeSpan.FromSeconds(20)).Within(TimeSpan.FromSeconds(15)));
        using TierEntry entry = await _tier.ReadAsync("k", TierRead.DataAndLifetime, cancellationToken);
        Assert.That(entry.Data.Span.SequenceEqual(OtherLarge), Is.True);
        Assert.That(entry.Lifetime!.Value.Sliding, Is.EqualTo(TimeSpan.FromSeconds(20)));
        Assert.That(entry.Lifetime!.Value.Absolute, Is.EqualTo(TimeSpan.FromMinutes(1)).Within(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public async Task Large_entry_without_an_end_has_no_time_to_live(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", Large, default, cancellationToken);

        Assert.That(await _database.KeyTimeToLiveAsync(Prefix + "k"), Is.Null);
    }

    [Test]
    public async Task Large_write_with_an_outdated_version_is_refused_and_leaves_no_other_key(CancellationToken cancellationToken)
    {
        EntryVersion seen = await _tier.ReadVersionAsync("k", cancellationToken);
        EntryVersion? first = await _tier.WriteIfUnchangedAsync("k", Large, Minute, seen, cancellationToken);
        EntryVersion? late = await _tier.WriteIfUnchangedAsync("k", OtherLarge, Minute, seen, cancellationToken);

        Assert.That(first, Is.Not.Null);
        Assert.That(late, Is.Null);
        using TierEntry entry = await _tier.ReadAsync("k", TierRead.Data, cancellationToken);
        Assert.That(entry.Data.Span.SequenceEqual(Large), Is.True);
        Assert.That(await KeysAsync(), Is.EqualTo(new[] { Prefix + "k" }));
    }

    [Test]
    public async Task Only_one_of_many_large_writes_with_one_version_is_stored(CancellationToken cancellationToken)
    {
        EntryVersion seen = await _tier.ReadVersionAsync("k", cancellationToken);

        EntryVersion?[] written = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(i => _tier.WriteIfUnchangedAsync("k", MakeLarge(i), Minute, seen, cancellationToken).AsTask()));

        Assert.That(written.Count(version => version is not null), Is.EqualTo(1));
        using TierEntry entry = await _tier.ReadAsync("k", TierRead.Data, cancellationToken);
        Assert.That(entry.Data.Span.SequenceEqual(MakeLarge(Array.FindIndex(written, version => version is not null))), Is.True);
    }

    [Test]
    public async Task Large_write_over_something_that_is_no_hash_fails_and_what_is_left_of_it_ends(CancellationToken cancellationToken)
    {
        await _database.StringSetAsync(Prefix + "k", "text");

        Assert.That(async () => await _tier.WriteAsync("k", Large, Minute, cancellationToken), Throws.InstanceOf<RedisServerException>());

        Assert.That((string?)await _database.StringGetAsync(Prefix + "k"), Is.EqualTo("text"));
        foreach (string left in (await KeysAsync()).Where(key => key != Prefix + "k"))
            Assert.That(await _database.KeyTimeToLiveAsync(left), Is.LessThanOrEqualTo(TimeSpan.FromSeconds(10)));
        await _tier.WriteAsync("other", Large, Minute, cancellationToken);
        Assert.That(await CallsOfAsync("exec"), Is.EqualTo(2), "A fault of one entry is no reason to write the others differently.");
    }

    [TestCase("-multi")]
    [TestCase("-exec")]
    [TestCase("-rename")]
    public async Task Large_write_of_a_user_without_transactions_is_done_by_the_script_alone(string forbidden, CancellationToken cancellationToken)
    {
        await _database.ExecuteAsync("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", forbidden);
        await using var connection = new RedisConnection(_server.EndPoint + ",user=app,password=secret");
        RedisTier tier = TierOn(connection);

        EntryVersion version = await tier.WriteAsync("k", Large, Minute, cancellationToken);
        EntryVersion? next = await tier.WriteIfUnchangedAsync("k", OtherLarge, Minute, version, cancellationToken);
        EntryVersion? late = await tier.WriteIfUnchangedAsync("k", Large, Minute, version, cancellationToken);

        Assert.That(next, Is.Not.Null);
        Assert.That(late, Is.Null);
        using TierEntry entry = await tier.ReadAsync("k", TierRead.Data, cancellationToken);
        Assert.That(entry.Data.Span.SequenceEqual(OtherLarge), Is.True);
    }

    private static RedisTier TierOn(RedisConnection connection) => new(connection, new RedisTierOptions { InstanceName = Prefix });

    private static byte[] MakeLarge(int seed)
    {
        var data = new byte[100_000];
        new Random(seed).NextBytes(data);
        return data;
    }

    private async Task<string[]> KeysAsync() => (string[])(await _database.ExecuteAsync("KEYS", "*"))!;

    private async Task<long> CallsOfAsync(string command)
    {
        string info = (string)(await _database.ExecuteAsync("INFO", "commandstats"))!;
        string? line = info.Split("\r\n").FirstOrDefault(l => l.StartsWith($"cmdstat_{command}:calls=", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..line.IndexOf(',', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture);
    }
}
