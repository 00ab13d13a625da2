using HybridTiered.Memcached.Hashing;
using Microsoft.Extensions.Options;

namespace HybridTiered.Memcached.Tests;

[TestFixture, Category("Unit")]
public sealed class MemcachedTierOptionsTests
{
    [TestCase("memcached://h1:11211,h2:11212", "h1:11211", "h2:11212")]
    [TestCase("memcached://h1,memcached://h2:1/", "h1:11211", "h2:1")]
    [TestCase("h1:11211 h2:11211", "h1:11211", "h2:11211")]
    [TestCase(" H1 ;\th2.example.org:65535\n", "h1:11211", "h2.example.org:65535")]
    [TestCase("[::1]:11212,[fe80::1]", "[::1]:11212", "[fe80::1]:11211")]
    [TestCase("127.0.0.1", "127.0.0.1:11211")]
    public void Servers_are_read_in_every_form(string url, params string[] expected)
    {
        Assert.That(Read(new MemcachedTierOptions { Servers = { url } }), Is.EqualTo(expected));
    }

    [Test]
    public void The_variable_names_the_servers_where_the_options_do_not()
    {
        Assert.That(string.Join(' ', Read(new MemcachedTierOptions(), "memcached://a,b")), Is.EqualTo("a:11211 b:11211"));
        Assert.That(string.Join(' ', Read(new MemcachedTierOptions { Servers = { "c" } }, "memcached://a,b")), Is.EqualTo("c:11211"));
        Assert.That(string.Join(' ', Read(new MemcachedTierOptions())), Is.EqualTo("localhost:11211"));
    }

    [TestCase("h1:0", "'h1:0'")]
    [TestCase("h1:65536", "'h1:65536'")]
    [TestCase("h1:+1", "'h1:+1'")]
    [TestCase("h1:", "'h1:'")]
    [TestCase("::1", "'::1'")]
    [TestCase("[::1", "'[::1'")]
    [TestCase("[h1]:1", "'[h1]:1'")]
    [TestCase("redis://h1:1", "'redis://h1:1'")]
    [TestCase("h1 h1:11211", "'h1:11211' is listed 2 times")]
    [TestCase(" , ", "names no server")]
    public void What_is_no_server_is_named(string servers, string named)
    {
        IReadOnlyList<string> errors = new MemcachedTierOptions { Servers = { servers } }.Validate();

        Assert.That(errors, Has.Count.EqualTo(1));
        Assert.That(errors[0], Does.StartWith("Servers: ").And.Contains(named).And.Contains("Allowed: "));
    }

    [Test]
    public void A_password_is_refused_and_not_repeated()
    {
        IReadOnlyList<string> errors = new MemcachedTierOptions { Servers = { "memcached://user:hunter2@h1:11211" } }.Validate();

        Assert.That(errors, Has.Count.EqualTo(1));
        Assert.That(errors[0], Does.Not.Contain("hunter2").And.Contains("password"));
    }

    [Test]
    public void All_mistakes_are_reported_together_each_with_its_value_and_what_is_allowed()
    {
        var options = new MemcachedTierOptions
        {
            Servers = { "h1:x" },
            KeyPrefix = "with blank",
            ConnectionsPerServer = 0,
            ConnectTimeout = TimeSpan.Zero,
            OperationTimeout = TimeSpan.FromHours(1),
            MaximumItemBytes = 12,
            VersionRetention = TimeSpan.FromDays(31),
            Protocol = (MemcachedProtocol)7,
        };

        var fault = Assert.Throws<OptionsValidationException>(() => _ = new MemcachedTier(options))!;

        Assert.That(fault.Failures, Is.EqualTo(options.Validate()));
        Assert.That(
            string.Join(' ', fault.Failures.Select(f => f.Split(':')[0]).Order()),
            Is.EqualTo("ConnectTimeout ConnectionsPerServer KeyPrefix MaximumItemBytes OperationTimeout Protocol Servers VersionRetention"));
        Assert.That(fault.Failures, Is.All.Contains("Allowed: "));
        Assert.That(fault.Message, Does.Contain("'with blank'").And.Contains("12").And.Contains("01:00:00").And.Contains("31.00:00:00"));
    }

    [TestCase("")]
    [TestCase("app:é:")]
    public void A_prefix_may_be_anything_that_a_key_may_be(string prefix)
    {
        Assert.That(new MemcachedTierOptions { Servers = { "h" }, KeyPrefix = prefix }.Validate(), Is.Empty);
    }

    private static IEnumerable<string> Read(MemcachedTierOptions options, string? variable = null)
    {
        Assert.That(options.Validate(name => name == "MEMCACHED_URL" ? variable : null, out IReadOnlyList<ServerAddress> servers), Is.Empty);
        return servers.Select(s => s.ToString());
    }
}
