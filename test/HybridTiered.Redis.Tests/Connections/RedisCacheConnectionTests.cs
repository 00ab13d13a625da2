using System.Net;
using System.Net.Sockets;
using HybridTiered.TestServers.Processes;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Connections;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisCacheConnectionTests
{
    [Test]
    public async Task Making_a_cache_begins_to_connect_before_anybody_reads(CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using ServiceProvider services = Register(cache => cache.AddRedis($"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port},connectTimeout=100"));
        Assert.That(listener.Pending(), Is.False);

        services.GetRequiredService<TieredCache>();

        using TcpClient client = await listener.AcceptTcpClientAsync(cancellationToken);
        Assert.That(client.Connected, Is.True);
    }

    [Test]
    public async Task Making_a_cache_leaves_a_connection_of_the_application_alone()
    {
        int asked = 0;
        Task<IConnectionMultiplexer> Refuse()
        {
            asked++;
            return Task.FromException<IConnectionMultiplexer>(new RedisConnectionException(ConnectionFailureType.UnableToConnect, "down"));
        }
        await using ServiceProvider services = Register(cache => cache.UseRedisConnection(options => options.MultiplexerFactory = Refuse).AddRedis());
        var cache = services.GetRequiredService<TieredCache>();
        Assert.That(Volatile.Read(ref asked), Is.Zero);

        await cache.GetOrCreateAsync("key", static _ => ValueTask.FromResult("value"));

        Assert.That(Volatile.Read(ref asked), Is.EqualTo(1));
    }

    [Test]
    public async Task Disposing_of_a_cache_does_not_wait_for_a_server_that_says_nothing([Values] bool isUsed, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        ServiceProvider services = Register(cache => cache.AddRedis($"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port},connectTimeout=30000").UseRedisBackplane());
        var cache = services.GetRequiredService<TieredCache>();
        ValueTask<string> read = isUsed ? cache.GetOrCreateAsync("key", static _ => ValueTask.FromResult("value"), cancellationToken: cancellationToken) : default;
        // The first connection asks whether anybody listens; the second is the client's, which waits for an answer.
        using TcpClient probe = await listener.AcceptTcpClientAsync(cancellationToken);
        using TcpClient client = await listener.AcceptTcpClientAsync(cancellationToken);

        Task disposal = services.DisposeAsync().AsTask();

        Assert.That(async () => await disposal.WaitAsync(TimeSpan.FromSeconds(5), cancellationToken), Throws.Nothing);
        await ((Task)read.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Test]
    public async Task A_cache_whose_attempt_to_connect_was_refused_answers_from_the_factory()
    {
        await using ServiceProvider services = Register(cache => cache.AddRedis($"127.0.0.1:{FreePort.Next()}").UseRedisBackplane());

        string value = await services.GetRequiredService<TieredCache>().GetOrCreateAsync("key", static _ => ValueTask.FromResult("value"));

        Assert.That(value, Is.EqualTo("value"));
    }

    private static ServiceProvider Register(Action<Configuration.HybridTieredBuilder> configure) =>
        new ServiceCollection().AddHybridTiered(configure).BuildServiceProvider();
}
