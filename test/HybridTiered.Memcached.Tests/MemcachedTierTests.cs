using System.Text;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;
using HybridTiered.TestServers.Memcached;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Tests;

/// <summary>What only this tier has to get right, on a real server and in both dialects.</summary>
[TestFixture(MemcachedProtocol.Automatic)]
[TestFixture(MemcachedProtocol.Classic)]
[Category("Memcached")]
public sealed class MemcachedTierTests(MemcachedProtocol protocol)
{
    private static readonly TierLifetime OneDay = new(TimeSpan.FromDays(1));

    private static readonly byte[] Value = "value"u8.ToArray();

    private MemcachedServer _server = null!;
    private ManualTimeProvider _time = null!;
    private MemcachedTier _tier = null!;

    [SetUp]
    public async Task Start()
    {
        _server = await MemcachedServer.StartAsync();
        _time = new ManualTimeProvider(DateTimeOffset.UtcNow);
        _tier = NewTier(_time);
    }

    [TearDown]
    public async Task Stop()
    {
        await _tier.DisposeAsync();
        _server.Dispose();
    }

    [TestCase(1)]
    [TestCase(250)]
    [TestCase(999)]
    [TestCase(1001)]
    [TestCase(59_999)]
    public async Task A_life_ends_to_the_millisecond(int milliseconds)
    {
        await _tier.WriteAsync("key", Value, new TierLifetime(TimeSpan.FromMilliseconds(milliseconds)), default);
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds - 0.5));
        Assert.That(await ReadAsync("key"), Is.EqualTo(Value));
        _time.Advance(TimeSpan.FromMilliseconds(0.5));

        Assert.That(await ReadAsync("key"), Is.Null);
        Assert.That((await _tier.ReadManyAsync(["key"], default))[0].Found, Is.False);
    }

    [TestCase(0.3, 2)]
    [TestCase(10, 11)]
    [TestCase(29 * 86400, (29 * 86400) + 1)]
    [TestCase(31 * 86400, (31 * 86400) + 1)]
    [TestCase(1000 * 86400, (1000 * 86400) + 1)]
    public async Task The_server_forgets_an_entry_soon_after_its_end(double seconds, long serverSeconds)
    {
        await _tier.WriteAsync("key", Value, new TierLifetime(TimeSpan.FromSeconds(seconds)), default);

        Assert.That(await ServerSecondsAsync("key"), Is.InRange(serverSeconds - 2, serverSeconds + 1));
    }

    [Test]
    public async Task An_entry_without_an_end_has_none_on_the_server()
    {
        await _tier.WriteAsync("key", Value, new TierLifetime(null), default);

        Assert.That(await ServerSecondsAsync("key"), Is.EqualTo(-1));
    }

    [Test]
    public async Task What_is_left_is_told_exactly()
    {
        await _tier.WriteAsync("key", Value, new TierLifetime(TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(7.5)), default);
        _time.Advance(TimeSpan.FromSeconds(30.25));

        using TierEntry entry = await _tier.ReadAsync("key", TierRead.DataAndLifetime, default);
        Assert.That(entry.Lifetime, Is.EqualTo(new TierLifetime(TimeSpan.FromSeconds(69.75), TimeSpan.FromSeconds(7.5))));
    }

    [TestCase(-60)]
    [TestCase(60)]
    public async Task Clocks_an_hour_apart_do_not_matter(int minutes)
    {
        var otherTime = new ManualTimeProvider(_time.GetUtcNow().AddMinutes(minutes));
        await using MemcachedTier other = NewTier(otherTime);
        await _tier.WriteAsync("key", Value, new TierLifetime(TimeSpan.FromSeconds(10)), default);
        await _tier.WriteAsync("month", Value, new TierLifetime(TimeSpan.FromDays(31)), default);
        Assert.That(await ReadAsync("key", other), Is.EqualTo(Value));

        otherTime.Advance(TimeSpan.FromSeconds(8));
        Assert.That(await ReadAsync("key", other), Is.EqualTo(Value));
        otherTime.Advance(TimeSpan.FromSeconds(4));
        Assert.That(await ReadAsync("key", other), Is.Null);

        using TierEntry month = await other.ReadAsync("month", TierRead.DataAndLifetime, default);
        Assert.That(month.Lifetime!.Value.Absolute, Is.EqualTo(TimeSpan.FromDays(31)).Within(TimeSpan.FromSeconds(15)));
    }

    [Test]
    public async Task A_reading_starts_a_sliding_window_again_on_the_server_and_a_refresh_does_too()
    {
        await _tier.WriteAsync("read", Value, new TierLifetime(TimeSpan.FromSeconds(500), TimeSpan.FromSeconds(100)), default);
        await _tier.WriteAsync("refreshed", Value, new TierLifetime(null, TimeSpan.FromSeconds(100)), default);
        await CommandAsync("touch read 5", "touch refreshed 5");

        (await _tier.ReadAsync("read", TierRead.DataAndLifetime, default)).Dispose();
        await _tier.RefreshAsync("refreshed", default);

        Assert.That(await ServerSecondsAsync("read"), Is.InRange(99, 101));
        Assert.That(await ServerSecondsAsync("refreshed"), Is.InRange(99, 101));
    }

    [Test]
    public async Task A_reading_for_data_alone_leaves_the_window_alone()
    {
        await _tier.WriteAsync("key", Value, new TierLifetime(null, TimeSpan.FromSeconds(100)), default);
        await CommandAsync("touch key 5");
        await ReadAsync("key");

        Assert.That(await ServerSecondsAsync("key"), Is.LessThanOrEqualTo(5));
    }

    [Test]
    public async Task A_tombstone_stays_as_long_as_promised_whatever_touches_it()
    {
        await _tier.RemoveAsync("key", default);
        Assert.That(await ServerSecondsAsync("key"), Is.InRange(60, 61));
        await _tier.RefreshAsync("key", default);

        Assert.That(await ServerSecondsAsync("key"), Is.InRange(60, 61));
    }

    [Test]
    public async Task An_entry_that_has_ended_keeps_its_version_for_the_computation_that_replaces_it()
    {
        // Its life is over, and the server is to drop it within two seconds: a computation may well take longer.
        await _tier.WriteAsync("key", Value, new TierLifetime(TimeSpan.FromMilliseconds(100)), default);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        EntryVersion version = await _tier.ReadVersionAsync("key", default);

        Assert.That(await ServerSecondsAsync("key"), Is.InRange(60, 61));
        Assert.That(await _tier.ReadVersionAsync("key", default), Is.EqualTo(version));
        Assert.That(await _tier.WriteIfUnchangedAsync("key", Value, OneDay, version, default), Is.Not.Null);
    }

    [Test]
    public async Task A_version_from_before_a_restart_matches_nothing_although_the_server_counts_from_one_again()
    {
        EntryVersion before = await _tier.WriteAsync("key", Value, OneDay, default);
        _server.Kill();
        await UntilTheSecondIsOverAsync();
        await _server.StartAgainAsync();
        await using MemcachedTier other = NewTier(_time);
        EntryVersion after = await other.WriteAsync("key", "newer"u8.ToArray(), OneDay, default);
        await RecoverAsync();

        Assert.That(await CasAsync("key"), Is.EqualTo("1"), "the numbers are the same");
        Assert.That(after, Is.GreaterThan(before));
        Assert.That(await _tier.WriteIfUnchangedAsync("key", Value, OneDay, before, default), Is.Null);
        Assert.That(await ReadAsync("key"), Is.EqualTo("newer"u8.ToArray()));
    }

    [Test]
    public async Task A_version_of_what_is_gone_is_refused()
    {
        EntryVersion version = await _tier.WriteAsync("key", Value, OneDay, default);
        await CommandAsync("delete key");

        Assert.That(await _tier.WriteIfUnchangedAsync("key", Value, OneDay, version, default), Is.Null);
        Assert.That(await _tier.ReadVersionAsync("key", default), Is.GreaterThan(version));
    }

    [Test]
    public async Task A_foreign_item_is_missing_and_has_a_version_like_any_other()
    {
        await CommandAsync("set key 0 0 7\r\nforeign");
        Assert.That(await ReadAsync("key"), Is.Null);

        EntryVersion version = await _tier.ReadVersionAsync("key", default);
        Assert.That(await _tier.WriteIfUnchangedAsync("key", Value, OneDay, version, default), Is.Not.Null);
        Assert.That(await ReadAsync("key"), Is.EqualTo(Value));
    }

    [Test]
    public async Task Tiers_with_different_prefixes_share_nothing()
    {
        await using MemcachedTier other = NewTier(_time, o => o.KeyPrefix = "other:");
        await _tier.WriteAsync("key", Value, OneDay, default);
        await _tier.WriteAsync("a hashed key", Value, OneDay, default);

        Assert.That(await ReadAsync("key", other), Is.Null);
        Assert.That(await ReadAsync("a hashed key", other), Is.Null);
    }

    [Test]
    public async Task An_entry_above_the_limit_is_refused_and_leaves_nothing_old_behind()
    {
        await _tier.WriteAsync("key", Value, OneDay, default);

        var refused = (await Assert.ThrowsAsync<EntryTooLargeException>(async () => await _tier.WriteAsync("key", new byte[1024 * 1024], OneDay, default)))!;

        Assert.That(refused.Size, Is.GreaterThan(refused.Limit));
        Assert.That(refused.Limit, Is.EqualTo(1024 * 1024));
        Assert.That(await ReadAsync("key"), Is.Null);
        Assert.That((await _tier.ReadVersionAsync("key", default)).IsNone, Is.False);
    }

    [Test]
    public async Task A_conditional_write_above_the_limit_is_refused_and_changes_nothing()
    {
        EntryVersion version = await _tier.WriteAsync("key", Value, OneDay, default);

        await Assert.ThrowsAsync<EntryTooLargeException>(async () => await _tier.WriteIfUnchangedAsync("key", new byte[1024 * 1024], OneDay, version, default));
        Assert.That(await ReadAsync("key"), Is.EqualTo(Value));
    }

    [Test]
    public async Task The_largest_allowed_entry_fits()
    {
        var largest = new byte[(1024 * 1024) - "key".Length - 24 - 64];
        new Random(1).NextBytes(largest);
        await _tier.WriteAsync("key", largest, OneDay, default);

        Assert.That((await ReadAsync("key")).AsSpan().SequenceEqual(largest), Is.True);
        await Assert.ThrowsAsync<EntryTooLargeException>(async () => await _tier.WriteAsync("key", new byte[largest.Length + 1], OneDay, default));
    }

    [Test]
    public async Task A_server_with_a_lower_limit_than_ours_is_understood()
    {
        await using MemcachedTier generous = NewTier(_time, o => o.MaximumItemBytes = 16 * 1024 * 1024);
        await generous.WriteAsync("key", Value, OneDay, default);

        await Assert.ThrowsAsync<EntryTooLargeException>(async () => await generous.WriteAsync("key", new byte[2 * 1024 * 1024], OneDay, default));
        Assert.That(await ReadAsync("key", generous), Is.Null);
        Assert.That((await generous.ReadVersionAsync("key", default)).IsNone, Is.False);
        await generous.WriteAsync("key", Value, OneDay, default);
        Assert.That(await ReadAsync("key", generous), Is.EqualTo(Value));
    }

    [Test]
    public async Task A_server_without_cas_is_named_where_versions_are_needed()
    {
        using MemcachedServer withoutCas = await MemcachedServer.StartAsync("-C");
        await using MemcachedTier tier = NewTier(_time, o => o.Servers[0] = withoutCas.EndPoint);
        Assert.That(await tier.WriteAsync("key", Value, OneDay, default), Is.EqualTo(EntryVersion.None));

        Assert.That(await ReadAsync("key", tier), Is.EqualTo(Value));
        Assert.That(async () => await tier.ReadVersionAsync("key", default), Throws.InstanceOf<MemcachedServerException>().With.Message.Contains("-C"));
    }

    private MemcachedTier NewTier(TimeProvider time, Action<MemcachedTierOptions>? configure = null)
    {
        // Each connection compares the clocks when it is opened; a second one would make up for what the test moves its clock by.
        var options = new MemcachedTierOptions
        {
            Servers = { _server.EndPoint },
            Protocol = protocol,
            ConnectionsPerServer = 1,
            OperationTimeout = TimeSpan.FromMinutes(1),
        };
        configure?.Invoke(options);
        return new MemcachedTier(options, time);
    }

    private async Task<byte[]?> ReadAsync(string key, MemcachedTier? tier = null)
    {
        using TierEntry entry = await (tier ?? _tier).ReadAsync(key, TierRead.Data, default);
        return entry.Found ? entry.Data.ToArray() : null;
    }

    /// <summary>What is left on the server, in seconds; -1 for no end.</summary>
    private async Task<long> ServerSecondsAsync(string key) =>
        long.Parse((await CommandAsync($"mg {key} t"))[0]["HD t".Length..], null);

    private async Task<string> CasAsync(string key) => (await CommandAsync($"mg {key} c"))[0]["HD c".Length..];

    private async Task<string[]> CommandAsync(params string[] commands)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync("127.0.0.1", _server.Port);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        var answers = new List<string>();
        foreach (string command in commands)
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
            answers.Add((await reader.ReadLineAsync())!);
        }
        return [.. answers];
    }

    /// <summary>Starts of a server within one second cannot be told apart, as documented.</summary>
    private static async Task UntilTheSecondIsOverAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(1.1));
    }

    private async Task RecoverAsync()
    {
        while ((await _tier.GetServerStatisticsAsync(default))[0].Fault is not null)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }
    }
}
