using System.Globalization;
using System.Net;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tracking;

/// <summary>Tracking on one server: one connection has it turned on, the other, subscribed, gets the messages.</summary>
/// <remarks>
/// Either connection can be lost and made again by the client, and both take the arrangement with them: the one its tracking, the other the id that messages
/// are redirected to. After any loss the arrangement is made anew and everything reported as changed. A loss meanwhile makes it start over.
/// That the subscription is live again shows when a probe, published by this side on the same channel, has come back. To others a probe is a key that they do not have.
/// </remarks>
internal sealed class TrackingLink : IAsyncDisposable
{
    private static readonly RedisChannel Invalidations = RedisChannel.Literal("__redis__:invalidate");
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly ConfigurationOptions _settings;
    private readonly string _prefix;
    private readonly Action<string?> _report;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _disposal = new();
    private readonly SemaphoreSlim _arranging = new(1, 1);
    private ConnectionMultiplexer? _multiplexer;
    private volatile Probe? _probe;
    private long _losses;
    private long _lossesArrangedFor;

    public TrackingLink(EndPoint server, ConfigurationOptions settings, string prefix, Action<string?> report, TimeProvider time)
    {
        _settings = settings.Clone();
        _settings.EndPoints.Clear();
        _settings.EndPoints.Add(server);
        // With RESP2 there are two connections; by its name the server's list of clients tells which one is subscribed.
        _settings.Protocol = RedisProtocol.Resp2;
        _settings.ClientName = $"HybridTiered-tracking-{Guid.NewGuid():N}";
        // Alone with one node, whatever it knows of a cluster.
        _settings.CommandMap = CommandMap.Create(new HashSet<string> { "CLUSTER" }, available: false);
        _prefix = prefix;
        _report = report;
        _time = time;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _multiplexer = await ConnectionMultiplexer.ConnectAsync(_settings).WaitAsync(cancellationToken).ConfigureAwait(false);
        _multiplexer.ConnectionFailed += OnConnectionFailed;
        ChannelMessageQueue invalidations = await RedisSubscribing.SubscribeAsync(_multiplexer, Invalidations, _time, cancellationToken).ConfigureAwait(false);
        // Several keys come as several messages; the server says null when it flushed everything.
        invalidations.OnMessage(message => Take((string?)message.Message));
        while (!await TryArrangeAsync().WaitAsync(cancellationToken).ConfigureAwait(false))
            await Task.Delay(FirstPause, _time, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync().ConfigureAwait(false);
        if (_multiplexer is not null)
        {
            _multiplexer.ConnectionFailed -= OnConnectionFailed;
            await _multiplexer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Take(string? key)
    {
        if (_probe is { } probe && key == probe.Key)
            probe.Returned.TrySetResult();
        else
            _report(key);
    }

    private void OnConnectionFailed(object? sender, ConnectionFailedEventArgs e)
    {
        Interlocked.Increment(ref _losses);
        _ = ArrangeAgainAsync();
    }

    private async Task ArrangeAgainAsync()
    {
        try
        {
            await _arranging.WaitAsync(_disposal.Token).ConfigureAwait(false);
            try
            {
                // Both connections are often lost together; the arrangement made for the one serves the other.
                if (_lossesArrangedFor == Interlocked.Read(ref _losses))
                    return;
                for (TimeSpan pause = FirstPause; !await TryArrangeAgainAsync().ConfigureAwait(false); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
                    await Task.Delay(pause, _time, _disposal.Token).ConfigureAwait(false);
                _report(null);
            }
            finally
            {
                _arranging.Release();
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException && _disposal.IsCancellationRequested)
        {
            // The end was asked for.
        }
    }

    private async Task<bool> TryArrangeAgainAsync()
    {
        try
        {
            return await TryArrangeAsync().ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is RedisException or TimeoutException)
        {
            return false; // The server is still away; everything is reported as changed once it is back.
        }
    }

    /// <summary>Turns tracking on, towards the connection that is subscribed now.</summary>
    /// <returns>Whether that is done and both connections have stood all the time.</returns>
    private async Task<bool> TryArrangeAsync()
    {
        long losses = Interlocked.Read(ref _losses);
        IServer server = _multiplexer!.GetServers()[0];
        if (await FindSubscriberAsync(server).ConfigureAwait(false) is not { } id)
            return false;
        await server.ExecuteAsync("CLIENT", "TRACKING", "OFF").ConfigureAwait(false);
        object[] on = ["TRACKING", "ON", "REDIRECT", id, "BCAST", .. _prefix.Length > 0 ? (object[])["PREFIX", _prefix] : []];
        await server.ExecuteAsync("CLIENT", on).ConfigureAwait(false);

        var probe = new Probe($"{_settings.ClientName}-{Guid.NewGuid():N}");
        _probe = probe;
        await server.ExecuteAsync("PUBLISH", Invalidations.ToString(), probe.Key).ConfigureAwait(false);
        await Task.WhenAny(probe.Returned.Task, Task.Delay(LongestPause, _time, _disposal.Token)).ConfigureAwait(false);
        bool isArranged = probe.Returned.Task.IsCompleted && await FindSubscriberAsync(server).ConfigureAwait(false) == id && losses == Interlocked.Read(ref _losses);
        if (isArranged)
            _lossesArrangedFor = losses;
        return isArranged;
    }

    private async Task<long?> FindSubscriberAsync(IServer server)
    {
        string clients = (string)(await server.ExecuteAsync("CLIENT", "LIST", "TYPE", "pubsub").ConfigureAwait(false))!;
        foreach (string client in clients.Split('\n'))
        {
            string[] properties = client.Split(' ');
            if (properties.Contains($"name={_settings.ClientName}"))
                return long.Parse(properties.First(property => property.StartsWith("id=", StringComparison.Ordinal)).AsSpan(3), CultureInfo.InvariantCulture);
        }
        return null;
    }

    private sealed record Probe(string Key)
    {
        public TaskCompletionSource Returned { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
