using System.Globalization;
using HybridTiered.Entries;
using HybridTiered.Memcached.Connections;

namespace HybridTiered.Memcached.Tests.Connections;

[TestFixture, Category("Unit")]
public sealed class ServerProfileTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [TestCase("1.6.18", true)]
    [TestCase("1.6.10", true)]
    [TestCase("2.0", true)]
    [TestCase("1.6.9", false)]
    [TestCase("1.5.22", false)]
    public void Meta_commands_are_for_servers_that_have_their_final_form(string version, bool meta)
    {
        Assert.That(Profile(version: version).Dialect, Is.SameAs(meta ? Dialect.Meta : Dialect.Classic));
    }

    [Test]
    public void Classic_commands_can_be_demanded()
    {
        Assert.That(
            ServerProfile.For(MemcachedProtocol.Classic, new Version(1, 6, 18), Statistics(0, 0), Now).Dialect, Is.SameAs(Dialect.Classic));
    }

    [Test]
    public void A_version_turns_into_its_cas_value_and_back()
    {
        ServerProfile profile = Profile();

        Assert.That(profile.ToCas(profile.ToVersion(17)), Is.EqualTo(17));
        Assert.That(profile.ToVersion(0), Is.EqualTo(EntryVersion.None));
    }

    [Test]
    public void Versions_grow_across_a_restart_and_the_old_ones_are_known_as_such()
    {
        // The old server ran for 100 s and wrote 16 million items a second; the new one has just started.
        ServerProfile old = Profile(uptime: 100);
        ServerProfile restarted = Profile(uptime: 0);
        EntryVersion last = old.ToVersion(1_600_000_000);

        Assert.That(restarted.ToVersion(1), Is.GreaterThan(last));
        Assert.That(restarted.ToCas(last), Is.Null);
    }

    [Test]
    public void All_connections_to_a_server_agree_on_versions()
    {
        Assert.That(
            ServerProfile.For(default, new Version(1, 6, 18), Statistics(1_800_000_050, 70), Now.AddSeconds(50)).ToVersion(5),
            Is.EqualTo(Profile(uptime: 20).ToVersion(5)));
    }

    [TestCase(0, 0)]
    [TestCase(1.2, 0)]
    [TestCase(-1.4, 0)]
    [TestCase(3600, -3599.5)]
    [TestCase(-3600, 3600.5)]
    public void A_clock_that_disagrees_with_the_servers_is_corrected(double oursAhead, double correction)
    {
        ServerProfile profile = ServerProfile.For(default, new Version(1, 6, 18), Statistics(1_800_000_000, 5), Now.AddSeconds(oursAhead));

        Assert.That(profile.ClockOffset, Is.EqualTo(TimeSpan.FromSeconds(correction)));
    }

    [TestCase("", "")]
    [TestCase("nonsense", "-5")]
    [TestCase("5", "10")]
    [TestCase("99999999999999999999", "1")]
    [TestCase("9000000000000000000", "1")]
    public void A_server_without_usable_statistics_is_served_without_restart_detection(string time, string uptime)
    {
        var statistics = new Dictionary<string, string> { ["time"] = time, ["uptime"] = uptime };

        Assert.That(ServerProfile.For(default, new Version(1, 6, 18), statistics, Now).VersionBase, Is.Zero);
    }

    private static ServerProfile Profile(string version = "1.6.18", long uptime = 20) =>
        ServerProfile.For(MemcachedProtocol.Automatic, Version.Parse(version), Statistics(1_800_000_000, uptime), Now);

    private static Dictionary<string, string> Statistics(long time, long uptime) => new()
    {
        ["time"] = time.ToString(CultureInfo.InvariantCulture),
        ["uptime"] = uptime.ToString(CultureInfo.InvariantCulture),
    };
}
