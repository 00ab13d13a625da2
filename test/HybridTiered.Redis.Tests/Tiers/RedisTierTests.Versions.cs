using HybridTiered.Entries;
using HybridTiered.Redis.Tests.Cache.Support;
using HybridTiered.Redis.Tiers;
using HybridTiered.Tiers;

namespace HybridTiered.Redis.Tests.Tiers;

// Versions as they are stored: text that is compared and put together as text.
public partial class RedisTierTests
{
    [Test]
    public async Task Version_is_the_servers_time_in_microseconds_also_early_in_a_second(CancellationToken cancellationToken)
    {
        const long Second = 1_000_000;
        long version;
        do
        {
            long before = await ServerMicroseconds();
            version = (await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken)).Value;
            Assert.That(version, Is.InRange(before, await ServerMicroseconds()));
        }
        while (version % Second >= Second / 10);
    }

    [TestCase("4000000000000000", 4_000_000_000_000_000)]
    [TestCase("1.99999999999e15", 1_999_999_999_990_000)]
    [TestCase("0000000000001000", 1000)]
    [TestCase("1e3", 1000)]
    public async Task Version_in_any_notation_is_expected_as_a_number_and_outgrown(string stored, long number, CancellationToken cancellationToken)
    {
        await (await Database()).HashSetAsync(_prefix + "k", "ver", stored);
        EntryVersion seen = await _tier.ReadVersionAsync("k", cancellationToken);

        EntryVersion? written = await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, seen, cancellationToken);

        Assert.That(seen.Value, Is.EqualTo(number));
        Assert.That(written!.Value.Value, Is.GreaterThan(number));
        Assert.That(await _tier.ReadVersionAsync("k", cancellationToken), Is.EqualTo(written));
    }

    [Test]
    public async Task Conditional_write_follows_the_version_that_is_expected_and_whatever_time_the_server_has_told(CancellationToken cancellationToken)
    {
        EntryVersion seen = await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken);
        EntryVersion other = await _tier.ReadVersionAsync("other", cancellationToken);

        EntryVersion written = (await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, seen, cancellationToken))!.Value;

        Assert.That(written, Is.GreaterThan(other));
        Assert.That(written.Value, Is.LessThanOrEqualTo(await ServerMicroseconds()));
        Assert.That(await _tier.ReadVersionAsync("k", cancellationToken), Is.EqualTo(written));
        Assert.That(await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, seen, cancellationToken), Is.Null);
    }

    // By the version the tier itself tells what is from before a removal by pattern, and L1 what is from before an invalidation: one key that is wrong must not make all others wrong.
    [TestCase(4_000_000_000_000_000)]
    [TestCase(9_000_000_000_000_000)]
    public async Task Version_ahead_of_the_servers_time_stays_that_keys_own_affair(long ahead, CancellationToken cancellationToken)
    {
        await (await Database()).HashSetAsync(_prefix + "ahead", "ver", ahead);
        EntryVersion odd = await _tier.ReadVersionAsync("ahead", cancellationToken);
        await _tier.WriteIfUnchangedAsync("ahead", new byte[1], Minute, odd, cancellationToken);
        await _tier.WriteAsync("ahead", new byte[1], Minute, cancellationToken);

        EntryVersion seen = await _tier.ReadVersionAsync("k", cancellationToken);
        EntryVersion written = (await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, seen, cancellationToken))!.Value;

        Assert.That(await _tier.ReadVersionAsync("k", cancellationToken), Is.EqualTo(written));
        Assert.That(await _tier.RemoveByPatternAsync(new GlobPattern("k"), "", cancellationToken), Is.EqualTo(1));
        Assert.That(await _tier.RemoveAsync("k", cancellationToken), Is.GreaterThan(written));
        Assert.That(written.Value, Is.LessThanOrEqualTo(await ServerMicroseconds()));
    }

    [Test]
    public async Task Entry_computed_anew_after_a_removal_by_pattern_has_begun_counts_as_later(CancellationToken cancellationToken)
    {
        EntryVersion seen = await _tier.WriteAsync("k", new byte[1], Minute, cancellationToken);
        long before = await ServerMicroseconds();
        await _tier.RemoveByPatternAsync(new GlobPattern("others*"), "", cancellationToken);

        EntryVersion? written = await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, seen, cancellationToken);

        Assert.That(written!.Value.Value, Is.GreaterThan(before));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Clock_of_the_writer_decides_nothing(bool conditional, CancellationToken cancellationToken)
    {
        var tier = new RedisTier(_connection, new RedisTierOptions { InstanceName = _prefix }, new OffsetTimeProvider(TimeSpan.FromHours(1)));
        var sliding = new TierLifetime(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(1));
        EntryVersion? one = conditional ? await tier.ReadVersionAsync("absolute", cancellationToken) : null;
        EntryVersion? two = conditional ? await tier.ReadVersionAsync("sliding", cancellationToken) : null;

        EntryVersion written = await StoreAsync(tier, "absolute", Minute, one);
        await StoreAsync(tier, "sliding", sliding, two);

        Assert.That(written.Value, Is.LessThanOrEqualTo(await ServerMicroseconds()));
        Assert.That(await TimeToLive("absolute"), Is.GreaterThan(TimeSpan.FromSeconds(59)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(1)));
        await tier.RefreshAsync("sliding", cancellationToken);
        using TierEntry entry = await tier.ReadAsync("sliding", TierRead.DataAndLifetime, cancellationToken);
        Assert.That(entry.Lifetime!.Value.Absolute, Is.GreaterThan(TimeSpan.FromSeconds(119)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(2)));
        Assert.That(await TimeToLive("sliding"), Is.GreaterThan(TimeSpan.FromSeconds(59)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(1)));

        async Task<EntryVersion> StoreAsync(RedisTier tier, string key, TierLifetime lifetime, EntryVersion? expected) => expected is { } version
            ? (await tier.WriteIfUnchangedAsync(key, new byte[1], lifetime, version, cancellationToken))!.Value
            : await tier.WriteAsync(key, new byte[1], lifetime, cancellationToken);
    }

    [TestCase("0")]
    [TestCase("9999999999999999")]
    [TestCase("17637200001234x6")]
    [TestCase("nonsense")]
    public async Task What_is_no_version_is_never_the_one_that_is_expected(string stored, CancellationToken cancellationToken)
    {
        await (await Database()).HashSetAsync(_prefix + "k", "ver", stored);
        var same = new EntryVersion(long.TryParse(stored, out long number) && number > 0 ? number : 1);

        Assert.That(await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, same, cancellationToken), Is.Null);
        EntryVersion? written = await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, default, cancellationToken);
        Assert.That(written!.Value.Value, Is.InRange(1, await ServerMicroseconds()));
    }

    private async Task<long> ServerMicroseconds()
    {
        DateTime time = await (await Database()).Multiplexer.GetServers()[0].TimeAsync();
        return (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }
}
