using HybridTiered.Entries;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tiers;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Tiers;

/// <summary>Our tier and Microsoft's RedisCache on one server, under one instance name.</summary>
[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class MicrosoftInteropTests
{
    private static readonly byte[] Payload = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    private RedisConnection _connection = null!;
    private RedisTier _ours = null!;
    private RedisCache _microsofts = null!;
    private string _prefix = null!;

    [SetUp]
    public void CreateBoth()
    {
        _prefix = SharedServer.NextPrefix();
        _connection = SharedServer.Connect();
        _ours = new RedisTier(_connection, new RedisTierOptions { InstanceName = _prefix });
        _microsofts = new RedisCache(new RedisCacheOptions { Configuration = SharedServer.ConnectionString, InstanceName = _prefix });
    }

    [TearDown]
    public async Task CloseBoth()
    {
        _microsofts.Dispose();
        await _connection.DisposeAsync();
    }

    [Test]
    public async Task Microsoft_reads_what_we_wrote(CancellationToken cancellationToken)
    {
        await _ours.WriteAsync("k", Payload, new TierLifetime(TimeSpan.FromMinutes(1)), cancellationToken);

        Assert.That(await _microsofts.GetAsync("k", cancellationToken), Is.EqualTo(Payload));
    }

    [Test]
    public async Task We_read_what_Microsoft_wrote_with_its_lifetime(CancellationToken cancellationToken)
    {
        var options = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(2), SlidingExpiration = TimeSpan.FromMinutes(1) };
        await _microsofts.SetAsync("k", Payload, options, cancellationToken);

        using TierEntry bare = await _ours.ReadAsync("k", TierRead.Data, cancellationToken);
        using TierEntry full = await _ours.ReadAsync("k", TierRead.DataAndLifetime, cancellationToken);

        Assert.That(bare.Data.ToArray(), Is.EqualTo(Payload));
        Assert.That(full.Data.ToArray(), Is.EqualTo(Payload));
        Assert.That(full.Lifetime!.Value.Sliding, Is.EqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(full.Lifetime.Value.Absolute, Is.EqualTo(TimeSpan.FromMinutes(2)).Within(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task Microsoft_extends_our_sliding_entry_up_to_its_absolute_end(CancellationToken cancellationToken)
    {
        await _ours.WriteAsync("free", Payload, new TierLifetime(null, TimeSpan.FromSeconds(100)), cancellationToken);
        await _ours.WriteAsync("capped", Payload, new TierLifetime(TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(40)), cancellationToken);
        await Shorten("free", "capped");

        await _microsofts.GetAsync("free", cancellationToken);
        await _microsofts.RefreshAsync("capped", cancellationToken);

        Assert.That(await TimeToLive("free"), Is.GreaterThan(TimeSpan.FromSeconds(98)));
        Assert.That(await TimeToLive("capped"), Is.GreaterThan(TimeSpan.FromSeconds(38)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(40)));
    }

    [Test]
    public async Task We_extend_Microsofts_sliding_entry_up_to_its_absolute_end(CancellationToken cancellationToken)
    {
        await _microsofts.SetAsync("free", Payload, new() { SlidingExpiration = TimeSpan.FromSeconds(100) }, cancellationToken);
        await _microsofts.SetAsync(
            "capped", Payload, new() { SlidingExpiration = TimeSpan.FromSeconds(40), AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(30) }, cancellationToken);
        await Shorten("free", "capped");

        await _ours.RefreshAsync("free", cancellationToken);
        (await _ours.ReadAsync("capped", TierRead.DataAndLifetime, cancellationToken)).Dispose();

        Assert.That(await TimeToLive("free"), Is.GreaterThan(TimeSpan.FromSeconds(98)));
        Assert.That(await TimeToLive("capped"), Is.GreaterThan(TimeSpan.FromSeconds(25)).And.LessThanOrEqualTo(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public async Task Key_that_we_removed_is_missing_for_Microsoft_and_can_be_set_again_by_it(CancellationToken cancellationToken)
    {
        await _ours.WriteAsync("k", Payload, default, cancellationToken);
        await _ours.RemoveAsync("k", cancellationToken);

        Assert.That(await _microsofts.GetAsync("k", cancellationToken), Is.Null);
        await _microsofts.RefreshAsync("k", cancellationToken);
        await _microsofts.SetAsync("k", [1, 2], new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(10) }, cancellationToken);

        using TierEntry entry = await _ours.ReadAsync("k", TierRead.Data, cancellationToken);
        Assert.That(entry.Data.ToArray(), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(await TimeToLive("k"), Is.GreaterThan(TimeSpan.FromMinutes(9)));
    }

    [Test]
    public async Task Key_that_Microsoft_removed_is_missing_for_us_and_its_version_forgotten(CancellationToken cancellationToken)
    {
        EntryVersion version = await _ours.WriteAsync("k", Payload, default, cancellationToken);
        await _microsofts.RemoveAsync("k", cancellationToken);

        Assert.That((await _ours.ReadAsync("k", TierRead.Data, cancellationToken)).Found, Is.False);
        Assert.That(await _ours.WriteIfUnchangedAsync("k", Payload, default, version, cancellationToken), Is.Null);
    }

    [Test]
    public async Task Version_survives_a_write_by_Microsoft(CancellationToken cancellationToken)
    {
        EntryVersion version = await _ours.WriteAsync("k", Payload, default, cancellationToken);

        await _microsofts.SetAsync("k", [1], new(), cancellationToken);

        Assert.That(await _ours.ReadVersionAsync("k", cancellationToken), Is.EqualTo(version));
    }

    private async Task Shorten(params string[] keys)
    {
        foreach (string key in keys)
            await (await Database()).KeyExpireAsync(_prefix + key, TimeSpan.FromSeconds(10));
    }

    private async Task<TimeSpan?> TimeToLive(string key) => await (await Database()).KeyTimeToLiveAsync(_prefix + key);

    private async Task<IDatabase> Database() => (await _connection.GetMultiplexerAsync(default)).GetDatabase();
}
