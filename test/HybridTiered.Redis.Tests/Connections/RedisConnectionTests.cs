using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tests.Support;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Connections;

[TestFixture]
[Category("Redis")]
[CancelAfter(60_000)]
public class RedisConnectionTests
{
    [Test]
    public async Task First_users_share_one_attempt(CancellationToken cancellationToken)
    {
        int attempts = 0;
        var gate = new TaskCompletionSource();
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(SharedServer.ConnectionString);
        await using var connection = new RedisConnection(new RedisConnectionOptions
        {
            MultiplexerFactory = async () =>
            {
                Interlocked.Increment(ref attempts);
                await gate.Task;
                return multiplexer;
            },
        });

        Task<IConnectionMultiplexer>[] users = [.. Enumerable.Range(0, 20).Select(_ => connection.GetMultiplexerAsync(cancellationToken).AsTask())];
        Assert.That(users, Has.All.Property(nameof(Task.IsCompleted)).False);
        gate.SetResult();

        Assert.That(await Task.WhenAll(users), Is.All.SameAs(multiplexer));
        Assert.That(attempts, Is.EqualTo(1));
    }

    [Test]
    public async Task Cancelled_user_does_not_cancel_the_attempt_for_the_others(CancellationToken cancellationToken)
    {
        var gate = new TaskCompletionSource<IConnectionMultiplexer>();
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(SharedServer.ConnectionString);
        await using var connection = new RedisConnection(new RedisConnectionOptions { MultiplexerFactory = () => gate.Task });
        using var cancellation = new CancellationTokenSource();
        Task<IConnectionMultiplexer> impatient = connection.GetMultiplexerAsync(cancellation.Token).AsTask();
        Task<IConnectionMultiplexer> patient = connection.GetMultiplexerAsync(cancellationToken).AsTask();

        await cancellation.CancelAsync();
        Assert.That(async () => await impatient, Throws.InstanceOf<OperationCanceledException>());
        gate.SetResult(multiplexer);

        Assert.That(await patient, Is.SameAs(multiplexer));
    }

    [Test]
    public async Task Failed_attempt_answers_until_the_delay_is_over_and_then_the_next_is_made()
    {
        int attempts = 0;
        var time = new SteppedTime();
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(SharedServer.ConnectionString);
        await using var connection = new RedisConnection(
            new RedisConnectionOptions
            {
                RetryDelay = TimeSpan.FromSeconds(5),
                MultiplexerFactory = () => ++attempts == 1
                    ? Task.FromException<IConnectionMultiplexer>(new RedisConnectionException(ConnectionFailureType.UnableToConnect, "down"))
                    : Task.FromResult<IConnectionMultiplexer>(multiplexer),
            },
            time);

        for (int i = 0; i < 3; i++)
            Assert.That(async () => await connection.GetMultiplexerAsync(default), Throws.TypeOf<RedisConnectionException>());
        Assert.That(attempts, Is.EqualTo(1));
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.That(await connection.GetMultiplexerAsync(default), Is.SameAs(multiplexer));
        Assert.That(attempts, Is.EqualTo(2));
    }

    [Test]
    public async Task Application_may_start_before_its_server(CancellationToken cancellationToken)
    {
        await using RedisServer server = RedisServer.Prepare();
        await using var connection = new RedisConnection(new RedisConnectionOptions { ConnectionString = server.EndPoint, RetryDelay = TimeSpan.FromMilliseconds(50) });
        Assert.That(async () => await connection.GetMultiplexerAsync(cancellationToken), Throws.TypeOf<RedisConnectionException>());

        await server.StartAsync();

        await Eventually.TrueAsync(() => IsConnectedAsync(connection), "connected");
    }

    // A minute and more would be the client's own time for it, as a wait for a failure that has come before the wait.
    [Test]
    public async Task Refusal_is_told_at_once_however_patient_the_settings_are()
    {
        var settings = new ConfigurationOptions { EndPoints = { $"127.0.0.1:{FreePort.Next()}", $"localhost:{FreePort.Next()}" }, ConnectTimeout = 100_000, ConnectRetry = 3 };
        await using var connection = new RedisConnection(new RedisConnectionOptions { Configuration = settings });

        Assert.That(async () => await connection.GetMultiplexerAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(20)),
            Throws.TypeOf<RedisConnectionException>().With.Message.Contains("None of the 2"));
    }

    [Test]
    public async Task One_end_point_of_several_is_enough(CancellationToken cancellationToken)
    {
        Assert.That(RedisConnectionString.TryParse(SharedServer.ConnectionString, out ConfigurationOptions? settings, out _), Is.True);
        settings!.EndPoints.Insert(0, new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, FreePort.Next()));
        await using var connection = new RedisConnection(new RedisConnectionOptions { Configuration = settings });

        Assert.That((await connection.GetMultiplexerAsync(cancellationToken)).IsConnected, Is.True);
    }

    [Test]
    public async Task Applications_own_connection_is_left_open(CancellationToken cancellationToken)
    {
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(SharedServer.ConnectionString);
        var given = new RedisConnection(new RedisConnectionOptions { Multiplexer = multiplexer });
        await given.GetMultiplexerAsync(cancellationToken);

        await given.DisposeAsync();

        Assert.That(multiplexer.IsConnected, Is.True);
        Assert.That(async () => await given.GetMultiplexerAsync(cancellationToken), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Own_connection_is_closed_even_when_it_was_still_being_made()
    {
        var connection = SharedServer.Connect();
        Task<IConnectionMultiplexer> connecting = connection.GetMultiplexerAsync(default).AsTask();

        await connection.DisposeAsync();
        await connection.DisposeAsync();

        Assert.That((await connecting).IsConnected, Is.False);
    }

    [Test]
    public async Task Url_with_user_password_and_database_over_tls_connects(CancellationToken cancellationToken)
    {
        await using RedisServer server = await RedisServer.StartAsync(new RedisServerOptions
        {
            Tls = true,
            Arguments = ["--user", "app", "on", ">p@ss/word", "~*", "&*", "+@all", "--user", "default", "off"],
        });
        string url = $"rediss://app:p%40ss%2Fword@localhost:{server.Port}/2";
        Assert.That(RedisConnectionString.TryParse(url, out ConfigurationOptions? options, out _), Is.True);
        options!.TrustIssuer(server.CertificateFile);
        await using var connection = new RedisConnection(new RedisConnectionOptions { Configuration = options });

        IDatabase database = await connection.GetDatabaseAsync(cancellationToken);

        Assert.That(database.Database, Is.EqualTo(2));
        Assert.That((string?)await database.ExecuteAsync("ACL", "WHOAMI"), Is.EqualTo("app"));
    }

    [Test]
    public async Task Certificate_that_nobody_vouches_for_is_refused(CancellationToken cancellationToken)
    {
        await using RedisServer server = await RedisServer.StartAsync(new RedisServerOptions { Tls = true });
        Assert.That(RedisConnectionString.TryParse($"rediss://localhost:{server.Port}", out ConfigurationOptions? options, out _), Is.True);
        options!.ConnectTimeout = 1000;
        options.ConnectRetry = 1;
        await using var connection = new RedisConnection(new RedisConnectionOptions { Configuration = options });

        Assert.That(async () => await connection.GetMultiplexerAsync(cancellationToken), Throws.TypeOf<RedisConnectionException>());
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Password_is_in_no_log_and_no_exception(bool isRight, CancellationToken cancellationToken)
    {
        const string Secret = "S3cret-hunter2";
        await using RedisServer server = await RedisServer.StartAsync("--requirepass", isRight ? Secret : "another");
        using var log = new RecordingLoggerFactory();
        Assert.That(RedisConnectionString.TryParse($"redis://:{Secret}@127.0.0.1:{server.Port}", out ConfigurationOptions? options, out _), Is.True);
        options!.LoggerFactory = log;
        options.ConnectTimeout = 1000;
        options.ConnectRetry = 1;
        await using var connection = new RedisConnection(new RedisConnectionOptions { Configuration = options });

        var failures = new List<Exception>();
        for (int i = 0; i < 2; i++)
        {
            try
            {
                IDatabase database = await connection.GetDatabaseAsync(cancellationToken);
                server.Kill();
                await database.StringGetAsync("k");
            }
            catch (Exception ex) when (ex is RedisException or TimeoutException)
            {
                failures.Add(ex);
            }
        }

        Assert.That(failures, Is.Not.Empty);
        Assert.That(failures.Select(Describe), Has.None.Contains(Secret));
        Assert.That(log.Text, Is.Not.Empty);
        Assert.That(log.Text, Does.Not.Contain(Secret));
    }

    private static string Describe(Exception ex) =>
        ex + string.Join('\n', ex.Data.Values.Cast<object?>()) + (ex.InnerException is null ? "" : Describe(ex.InnerException));

    private static async Task<bool> IsConnectedAsync(RedisConnection connection)
    {
        try
        {
            return (await connection.GetMultiplexerAsync(default)).IsConnected;
        }
        catch (RedisConnectionException)
        {
            return false; // Not yet.
        }
    }

    /// <summary>A clock that stands still until it is moved.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
