using System.Net;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Connections;

[TestFixture]
[Category("Unit")]
public class RedisConnectionStringTests
{
    [TestCase("redis://localhost", "localhost", 6379, null, null, null, false)]
    [TestCase("redis://localhost:7000/", "localhost", 7000, null, null, null, false)]
    [TestCase("REDIS://localhost:7000/3", "localhost", 7000, null, null, 3, false)]
    [TestCase("rediss://cache.example:7000/3/", "cache.example", 7000, null, null, 3, true)]
    [TestCase("redis://:secret@localhost", "localhost", 6379, null, "secret", null, false)]
    [TestCase("redis://user@localhost", "localhost", 6379, "user", null, null, false)]
    [TestCase("redis://us%40er:p%2Fw%3A%40%23@localhost:1", "localhost", 1, "us@er", "p/w:@#", null, false)]
    [TestCase("redis://user:p@ss:word@localhost", "localhost", 6379, "user", "p@ss:word", null, false)]
    [TestCase("localhost:7000,user=user,password=secret,defaultDatabase=3,ssl=true", "localhost", 7000, "user", "secret", 3, true)]
    public void Text_is_read(string text, string host, int port, string? user, string? password, int? database, bool ssl)
    {
        Assert.That(RedisConnectionString.TryParse(text, out ConfigurationOptions? options, out _), Is.True);

        Assert.That(options!.EndPoints.Single(), Is.EqualTo(new DnsEndPoint(host, port)));
        Assert.That((options.User, options.Password, options.DefaultDatabase, options.Ssl), Is.EqualTo((user, password, database, ssl)));
        Assert.That(options.BacklogPolicy, Is.SameAs(BacklogPolicy.FailFast));
    }

    [Test]
    public void Url_may_name_several_hosts_and_addresses()
    {
        Assert.That(RedisConnectionString.TryParse("redis://a:1,b,127.0.0.1:3,[::1]:4,[::1]", out ConfigurationOptions? options, out _), Is.True);

        Assert.That(options!.EndPoints, Is.EqualTo(new EndPoint[]
        {
            new DnsEndPoint("a", 1), new DnsEndPoint("b", 6379), new IPEndPoint(IPAddress.Loopback, 3), new IPEndPoint(IPAddress.IPv6Loopback, 4),
            new IPEndPoint(IPAddress.IPv6Loopback, 6379),
        }));
    }

    [TestCase("")]
    [TestCase("password=hunter2")]
    [TestCase("localhost,password=hun,ter2=x")]
    [TestCase("localhost,ssl=hunter2")]
    [TestCase("redis://")]
    [TestCase("redis://:hunter2@")]
    [TestCase("redis://:hunter2@:1")]
    [TestCase("redis://:hunter2@localhost:0")]
    [TestCase("redis://:hunter2@localhost:port")]
    [TestCase("redis://:hunter2@localhost/database")]
    [TestCase("redis://:hunter2@localhost?x=1")]
    [TestCase("redis://:hun/ter2@localhost")]
    [TestCase("redis://localhost,,b")]
    public void Defect_is_told_without_quoting_any_part_of_the_text(string text)
    {
        Assert.That(RedisConnectionString.TryParse(text, out _, out string? defect), Is.False);

        Assert.That(defect, Is.Not.Empty.And.Not.Contains("hun").And.Not.Contains("ter2"));
        Assert.That(
            () => new RedisConnection(text),
            Throws.ArgumentException.With.Message.Not.Contains("ter2").And.InnerException.Null);
    }

    [Test]
    public void Options_name_everything_that_is_wrong_with_them()
    {
        var options = new RedisConnectionOptions
        {
            ConnectionString = "redis://:hunter2@localhost:port",
            Configuration = new ConfigurationOptions(),
            Database = -2,
            RetryDelay = TimeSpan.FromSeconds(-1),
        };

        string[] defects = [.. options.Validate()];

        Assert.That(defects, Has.Length.EqualTo(4));
        Assert.That(defects, Has.None.Contains("hunter2"));
        Assert.That(new RedisConnectionOptions().Validate().Count(), Is.EqualTo(1));
    }
}
