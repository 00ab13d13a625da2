using System.Buffers.Binary;
using System.Text;
using HybridTiered.Entries;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tiers;
using HybridTiered.TestServers.Processes;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Tiers;

[TestFixture(RedisProtocol.Resp2)]
[TestFixture(RedisProtocol.Resp3)]
[Category("Redis")]
[CancelAfter(60_000)]
public partial class RedisTierTests(RedisProtocol protocol)
{
    private static readonly TierLifetime Minute = new(TimeSpan.FromMinutes(1));

    private RedisConnection _connection = null!;
    private RedisTier _tier = null!;
    private string _prefix = null!;

    [SetUp]
    public void CreateTier()
    {
        _prefix = SharedServer.NextPrefix();
        _connection = SharedServer.Connect($",protocol={protocol}");
        _tier = new RedisTier(_connection, new RedisTierOptions { InstanceName = _prefix, BatchSize = 100 });
    }

    [TearDown]
    public async Task CloseConnection() => await _connection.DisposeAsync();

    [TestCase("plain")]
    [TestCase("with space")]
    [TestCase("line\r\nbreak")]
    [TestCase("nul\0byte")]
    [TestCase("emoji 🧀 {brace} *?[x]")]
    [TestCase("")]
    public async Task Value_is_read_back_under_any_key(string key, CancellationToken cancellationToken)
    {
        byte[] data = [0, 13, 10, 255];

        await _tier.WriteAsync(key, data, Minute, cancellationToken);

        Assert.That(await ReadAsync(key), Is.EqualTo(data));
        Assert.That(await (await Database()).KeyExistsAsync(_prefix + key), Is.True);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(1 << 20)]
    public async Task Value_of_any_size_is_read_back_by_either_read(int size, CancellationToken cancellationToken)
    {
        var data = new byte[size];
        new Random(size).NextBytes(data);

        await _tier.WriteAsync("k", data, Minute, cancellationToken);

        using TierEntry bare = await _tier.ReadAsync("k", TierRead.Data, cancellationToken);
        using TierEntry full = await _tier.ReadAsync("k", TierRead.DataAndLifetime, cancellationToken);
        Assert.That(bare.Found && bare.Data.Span.SequenceEqual(data), Is.True);
        Assert.That(full.Found && full.Data.Span.SequenceEqual(data), Is.True);
        Assert.That(bare.Lifetime, Is.Null);
    }

    [Test]
    public async Task Missing_key_is_missing_by_either_read(CancellationToken cancellationToken)
    {
        Assert.That((await _tier.ReadAsync("k", TierRead.Data, cancellationToken)).Found, Is.False);
        Assert.That((await _tier.ReadAsync("k", TierRead.DataAndLifetime, cancellationToken)).Found, Is.False);
    }

    [TestCase(250)]
    [TestCase(1500)]
    public async Task Lifetime_is_kept_to_the_millisecond(int milliseconds, CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], new TierLifetime(TimeSpan.FromMilliseconds(milliseconds)), cancellationToken);

        TimeSpan? left = await TimeToLive("k");

        Assert.That(left, Is.Not.Null.And.LessThanOrEqualTo(TimeSpan.FromMilliseconds(milliseconds)).And.GreaterThan(TimeSpan.FromMilliseconds(milliseconds - 200)));
    }

    [Test]
    public async Task Entry_of_less_than_a_second_ends(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], new TierLifetime(TimeSpan.FromMilliseconds(80)), cancellationToken);
        Assert.That(await ReadAsync("k"), Is.Not.Null);

        await Eventually.TrueAsync(async () => await ReadAsync("k") is null, "the entry has ended");
    }

    [Test]
    public async Task Entry_without_an_end_replaces_one_with_an_end_for_good(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken);

        await _tier.WriteAsync("k", new byte[1], default, cancellationToken);

        Assert.That(await TimeToLive("k"), Is.Null);
        using TierEntry entry = await _tier.ReadAsync("k", TierRead.DataAndLifetime, cancellationToken);
        Assert.That(entry.Lifetime, Is.EqualTo(default(TierLifetime)));
    }

    [Test]
    public async Task Lifetime_beyond_the_range_of_dates_means_no_end(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], new TierLifetime(TimeSpan.MaxValue, TimeSpan.MaxValue), cancellationToken);

        Assert.That(await TimeToLive("k"), Is.Null);
        Assert.That((string?)await (await Database()).HashGetAsync(_prefix + "k", "absexp"), Is.EqualTo("-1"));
    }

    [Test]
    public async Task Lifetime_that_is_left_is_read_with_the_data(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], new TierLifetime(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10)), cancellationToken);

        using TierEntry entry = await _tier.ReadAsync("k", TierRead.DataAndLifetime, cancellationToken);

        Assert.That(entry.Lifetime!.Value.Sliding, Is.EqualTo(TimeSpan.FromSeconds(10)));
        Assert.That(entry.Lifetime.Value.Absolute, Is.GreaterThan(TimeSpan.FromSeconds(29)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(30)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Sliding_entry_is_extended_by_a_full_read_and_by_a_refresh_but_not_by_a_bare_read(bool byRefresh, CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], new TierLifetime(null, TimeSpan.FromSeconds(100)), cancellationToken);
        await (await Database()).KeyExpireAsync(_prefix + "k", TimeSpan.FromSeconds(10));

        (await _tier.ReadAsync("k", TierRead.Data, cancellationToken)).Dispose();
        Assert.That(await TimeToLive("k"), Is.LessThanOrEqualTo(TimeSpan.FromSeconds(10)));
        if (byRefresh)
            await _tier.RefreshAsync("k", cancellationToken);
        else
            (await _tier.ReadAsync("k", TierRead.DataAndLifetime, cancellationToken)).Dispose();

        Assert.That(await TimeToLive("k"), Is.GreaterThan(TimeSpan.FromSeconds(99)));
    }

    [Test]
    public async Task Sliding_entry_is_never_extended_past_its_absolute_end(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], new TierLifetime(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(15)), cancellationToken);
        long soon = DateTime.UtcNow.AddSeconds(5).Ticks;
        await (await Database()).HashSetAsync(_prefix + "k", "absexp", soon);

        await _tier.RefreshAsync("k", cancellationToken);

        Assert.That(await TimeToLive("k"), Is.LessThanOrEqualTo(TimeSpan.FromSeconds(5)).And.GreaterThan(TimeSpan.FromSeconds(4)));
    }

    [Test]
    public async Task Refresh_leaves_missing_removed_and_non_sliding_entries_alone(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("absolute", new byte[1], Minute, cancellationToken);
        await (await Database()).KeyExpireAsync(_prefix + "absolute", TimeSpan.FromSeconds(10));
        await _tier.RemoveAsync("removed", cancellationToken);

        foreach (string key in new[] { "absolute", "removed", "missing" })
            await _tier.RefreshAsync(key, cancellationToken);

        Assert.That(await TimeToLive("absolute"), Is.LessThanOrEqualTo(TimeSpan.FromSeconds(10)));
        Assert.That(await TimeToLive("removed"), Is.LessThanOrEqualTo(TimeSpan.FromSeconds(60)));
        Assert.That(await (await Database()).KeyExistsAsync(_prefix + "missing"), Is.False);
    }

    [Test]
    public async Task Every_write_and_removal_gives_a_later_version(CancellationToken cancellationToken)
    {
        var versions = new List<EntryVersion>();
        for (int i = 0; i < 20; i++)
        {
            versions.Add(await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken));
            versions.Add(await _tier.RemoveAsync("k", cancellationToken));
        }

        Assert.That(versions, Is.Ordered.And.Unique);
        Assert.That(await _tier.ReadVersionAsync("k", cancellationToken), Is.EqualTo(versions[^1]));
    }

    [Test]
    public async Task Version_grows_even_when_the_servers_clock_was_ahead_before(CancellationToken cancellationToken)
    {
        const long Ahead = 4_000_000_000_000_000;
        await (await Database()).HashSetAsync(_prefix + "k", "ver", Ahead);

        Assert.That((await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken)).Value, Is.EqualTo(Ahead + 1));
        Assert.That((await _tier.RemoveAsync("k", cancellationToken)).Value, Is.EqualTo(Ahead + 2));
    }

    [Test]
    public async Task Conditional_write_is_accepted_once_by_the_version_that_was_read(CancellationToken cancellationToken)
    {
        EntryVersion mark = await _tier.ReadVersionAsync("k", cancellationToken);

        EntryVersion? first = await _tier.WriteIfUnchangedAsync("k", "first"u8.ToArray(), Minute, mark, cancellationToken);
        EntryVersion? late = await _tier.WriteIfUnchangedAsync("k", "late"u8.ToArray(), Minute, mark, cancellationToken);
        EntryVersion? next = await _tier.WriteIfUnchangedAsync("k", "next"u8.ToArray(), Minute, first!.Value, cancellationToken);

        Assert.That(late, Is.Null);
        Assert.That(next, Is.GreaterThan(first));
        Assert.That(await ReadAsync("k"), Is.EqualTo("next"u8.ToArray()));
    }

    [Test]
    public async Task Conditional_write_is_refused_after_a_removal_even_of_a_key_that_was_absent(CancellationToken cancellationToken)
    {
        EntryVersion seen = await _tier.ReadVersionAsync("k", cancellationToken);
        await _tier.RemoveAsync("k", cancellationToken);

        Assert.That(await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, seen, cancellationToken), Is.Null);
        Assert.That(await ReadAsync("k"), Is.Null);
    }

    [Test]
    public async Task Conditional_write_is_refused_after_a_set(CancellationToken cancellationToken)
    {
        EntryVersion seen = await _tier.ReadVersionAsync("k", cancellationToken);
        await _tier.WriteAsync("k", "set"u8.ToArray(), Minute, cancellationToken);

        Assert.That(await _tier.WriteIfUnchangedAsync("k", "computed"u8.ToArray(), Minute, seen, cancellationToken), Is.Null);
        Assert.That(await ReadAsync("k"), Is.EqualTo("set"u8.ToArray()));
    }

    [Test]
    public async Task Concurrent_conditional_writes_from_one_version_have_one_winner(CancellationToken cancellationToken)
    {
        EntryVersion seen = await _tier.RemoveAsync("k", cancellationToken);

        EntryVersion?[] outcomes = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(i => _tier.WriteIfUnchangedAsync("k", new[] { (byte)i }, Minute, seen, cancellationToken).AsTask()));

        Assert.That(outcomes.Count(version => version is not null), Is.EqualTo(1));
        Assert.That(await ReadAsync("k"), Is.EqualTo(new[] { (byte)Array.FindIndex(outcomes, version => version is not null) }));
    }

    [Test]
    public async Task Version_of_a_removed_key_is_forgotten_after_the_retention(CancellationToken cancellationToken)
    {
        var tier = new RedisTier(_connection, new RedisTierOptions { InstanceName = _prefix, VersionRetention = TimeSpan.FromSeconds(1) });
        EntryVersion removed = await tier.RemoveAsync("k", cancellationToken);
        Assert.That(await tier.ReadVersionAsync("k", cancellationToken), Is.EqualTo(removed));
        Assert.That(await TimeToLive("k"), Is.GreaterThan(TimeSpan.FromMilliseconds(800)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(1)));

        await Eventually.TrueAsync(async () => await TimeToLive("k") is null, "the version is forgotten");

        Assert.That(await tier.WriteIfUnchangedAsync("k", new byte[1], Minute, removed, cancellationToken), Is.Null);
    }

    [Test]
    public async Task Asking_for_a_version_leaves_a_mark_that_lasts_as_long_as_a_removal(CancellationToken cancellationToken)
    {
        await _tier.ReadVersionAsync("k", cancellationToken);

        Assert.That((await _tier.ReadAsync("k", TierRead.DataAndLifetime, cancellationToken)).Found, Is.False);
        Assert.That(await TimeToLive("k"), Is.GreaterThan(TimeSpan.FromSeconds(58)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(60)));
    }

    [Test]
    public async Task Asking_for_the_version_of_an_entry_leaves_its_life_alone(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("k", new byte[1], new TierLifetime(TimeSpan.FromMinutes(10)), cancellationToken);
        await _tier.ReadVersionAsync("k", cancellationToken);

        Assert.That(await TimeToLive("k"), Is.GreaterThan(TimeSpan.FromMinutes(9)));
    }

    [Test]
    public async Task Many_keys_are_read_and_removed_in_the_order_asked_for(CancellationToken cancellationToken)
    {
        string[] keys = [.. Enumerable.Range(0, 350).Select(i => $"k{i}")];
        foreach (string key in keys.Where((_, i) => i % 2 == 0))
            await _tier.WriteAsync(key, Encoding.UTF8.GetBytes(key), Minute, cancellationToken);

        TierEntry[] entries = await _tier.ReadManyAsync(keys, cancellationToken);
        EntryVersion[] versions = await _tier.RemoveManyAsync(keys, cancellationToken);

        Assert.That(entries.Select((entry, i) => entry.Found ? Encoding.UTF8.GetString(entry.Data.Span) == keys[i] : i % 2 == 1), Is.All.True);
        Assert.That(versions, Is.All.Matches<EntryVersion>(version => !version.IsNone));
        Assert.That((await _tier.ReadManyAsync(keys, cancellationToken)).Select(entry => entry.Found), Is.All.False);
        foreach (TierEntry entry in entries)
            entry.Dispose();
    }

    [Test]
    public async Task Many_keys_are_read_whatever_the_size_of_their_entries(CancellationToken cancellationToken)
    {
        int[] sizes = [1, 100_000, 0, 200_000, 300_000, 2_000_000, 5, 100_000];
        string[] keys = [.. sizes.Select((_, i) => $"k{i}"), "absent"];
        for (int i = 0; i < sizes.Length; i++)
            await _tier.WriteAsync(keys[i], Enumerable.Repeat((byte)i, sizes[i]).ToArray(), Minute, cancellationToken);

        TierEntry[] entries = await _tier.ReadManyAsync(keys, cancellationToken);

        Assert.That(entries.Select(entry => entry.Found), Is.EqualTo(keys.Select(key => key != "absent")));
        Assert.That(entries.Take(sizes.Length).Select((entry, i) => entry.Data.Length == sizes[i] && !entry.Data.Span.ContainsAnyExcept((byte)i)), Is.All.True);
        foreach (TierEntry entry in entries)
            entry.Dispose();
    }

    [Test]
    public async Task One_bad_key_among_many_fails_the_read_as_a_whole(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("good", new byte[1], Minute, cancellationToken);
        await (await Database()).StringSetAsync(_prefix + "foreign", "a string", TimeSpan.FromMinutes(1));

        Assert.That(
            async () => await _tier.ReadManyAsync(["good", "foreign", "good too"], cancellationToken),
            Throws.TypeOf<RedisServerException>().With.Message.Contains("WRONGTYPE"));
    }

    [Test]
    public async Task Tag_time_is_never_lowered(CancellationToken cancellationToken)
    {
        long[] times = [638_000_000_000_000_000, 638_000_000_000_000_255, 638_000_000_000_000_256, 639_000_000_000_000_000, 1];
        var random = new Random(7);
        long latest = 0;
        for (int i = 0; i < 60; i++)
        {
            long time = times[random.Next(times.Length)] + random.Next(3);
            await _tier.RaiseTagTimeAsync("tag", time, Minute, cancellationToken);
            latest = Math.Max(latest, time);
            Assert.That(BinaryPrimitives.ReadInt64LittleEndian(await ReadAsync("tag")), Is.EqualTo(latest));
        }
    }

    [Test]
    public async Task Tag_time_replaces_a_record_that_is_none(CancellationToken cancellationToken)
    {
        await _tier.WriteAsync("tag", "not a time"u8.ToArray(), Minute, cancellationToken);

        await _tier.RaiseTagTimeAsync("tag", 5, Minute, cancellationToken);

        Assert.That(BinaryPrimitives.ReadInt64LittleEndian(await ReadAsync("tag")), Is.EqualTo(5));
    }

    [Test]
    public void Cancelled_token_stops_a_call_before_it_starts()
    {
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(async () => await _tier.ReadManyAsync(["k"], cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await _tier.WriteAsync("k", new byte[1], Minute, cancelled), Throws.InstanceOf<OperationCanceledException>());
    }

    private async Task<IDatabase> Database() => (await _connection.GetMultiplexerAsync(default)).GetDatabase();

    private async Task<TimeSpan?> TimeToLive(string key) => await (await Database()).KeyTimeToLiveAsync(_prefix + key);

    private async Task<byte[]?> ReadAsync(string key)
    {
        using TierEntry entry = await _tier.ReadAsync(key, TierRead.Data, default);
        return entry.Found ? entry.Data.ToArray() : null;
    }
}
