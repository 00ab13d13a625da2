using HybridTiered.Entries;

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

    [TestCase("9999999999999999")]
    [TestCase("17637200001234x6")]
    [TestCase("nonsense")]
    public async Task What_is_no_version_is_never_the_one_that_is_expected(string stored, CancellationToken cancellationToken)
    {
        await (await Database()).HashSetAsync(_prefix + "k", "ver", stored);
        var same = new EntryVersion(long.TryParse(stored, out long number) ? number : 1);

        Assert.That(await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, same, cancellationToken), Is.Null);
        Assert.That(await _tier.WriteIfUnchangedAsync("k", new byte[1], Minute, default, cancellationToken), Is.Not.Null);
    }

    private async Task<long> ServerMicroseconds()
    {
        DateTime time = await (await Database()).Multiplexer.GetServers()[0].TimeAsync();
        return (time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
    }
}
