using System.Globalization;
using System.Net;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tracking;

/// <summary>Tracking on one server: one connection has it turned on, the other, subscribed, gets the messages.</summary>
/// <remarks>
/// Either connection can be lost and made again by the client, and both take the arrangement with them: the one its tracking, the other the id that messages
/// are redirected to. So after whatever may have been a loss it is looked whether the arrangement stands; if not, it is made anew and everything reported as changed. A loss
/// meanwhile makes it start over.
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
    private SubscriptionWatch? _watch;
    private volatile Probe? _probe;
    private long _doubts;

    // Both under _arranging.
    private long _doubtsSettled;
    private long _subscriber;

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
        // Held, so that what the client tells late of these first connections finds the arrangement made.
        await _arranging.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _watch = new SubscriptionWatch(_multiplexer, Invalidations, _time, static _ => true, OnInterrupted);
            ChannelMessageQueue invalidations = await RedisSubscribing.SubscribeAsync(_multiplexer, Invalidations, _time, cancellationToken).ConfigureAwait(false);
            // Several keys come as several messages; the server says null when it flushed everything.
            invalidations.OnMessage(message => Take((string?)message.Message));
            while (!await TryArrangeAsync().WaitAsync(cancellationToken).ConfigureAwait(false))
                await Task.Delay(FirstPause, _time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _arranging.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync().ConfigureAwait(false);
        _watch?.Dispose();
        if (_multiplexer is not null)
            await _multiplexer.DisposeAsync().ConfigureAwait(false);
    }

    private void Take(string? key)
    {
        if (_probe is { } probe && key == probe.Key)
            probe.Returned.TrySetResult();
        else
            _report(key);
    }

    private void OnInterrupted()
    {
        Interlocked.Increment(ref _doubts);
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
                if (_doubtsSettled == Interlocked.Read(ref _doubts) || await TryAsync(StandsAsync).ConfigureAwait(false))
                    return;
                for (TimeSpan pause = FirstPause; !await TryAsync(TryArrangeAsync).ConfigureAwait(false); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
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

    private static async Task<bool> TryAsync(Func<Task<bool>> step)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is RedisException or TimeoutException)
        {
            return false; // The server is still away; everything is reported as changed once it is back.
        }
    }

    /// <summary>Whether neither of the two connections that were arranged has been lost: they are known by what goes with them.</summary>
    private async Task<bool> StandsAsync()
    {
        long doubts = Interlocked.Read(ref _doubts);
        IServer server = _multiplexer!.GetServers()[0];
        bool stands = (long)await server.ExecuteAsync("CLIENT", "GETREDIR").ConfigureAwait(false) == _subscriber
            && await FindSubscriberAsync(server).ConfigureAwait(false) == _subscriber
            && await GetsMessagesAsync(server, _subscriber).ConfigureAwait(false);
        if (stands)
            _doubtsSettled = doubts;
        return stands;
    }

    /// <summary>Turns tracking on, towards the connection that is subscribed now.</summary>
    /// <returns>Whether that is done and both connections have stood all the time.</returns>
    private async Task<bool> TryArrangeAsync()
    {
        long doubts = Interlocked.Read(ref _doubts);
        IServer server = _multiplexer!.GetServers()[0];
        if (await FindSubscriberAsync(server).ConfigureAwait(false) is not { } id)
            return false;
        await server.ExecuteAsync("CLIENT", "TRACKING", "OFF").ConfigureAwait(false);
        object[] on = ["TRACKING", "ON", "REDIRECT", id, "BCAST", .. _prefix.Length > 0 ? (object[])["PREFIX", _prefix] : []];
        await server.ExecuteAsync("CLIENT", on).ConfigureAwait(false);
        bool isArranged = await GetsMessagesAsync(server, id).ConfigureAwait(false) && doubts == Interlocked.Read(ref _doubts);
        if (isArranged)
            (_doubtsSettled, _subscriber) = (doubts, id);
        return isArranged;
    }

    /// <summary>Whether what is published comes back over the connection with this id.</summary>
    private async Task<bool> GetsMessagesAsync(IServer server, long id)
    {
        var probe = new Probe($"{_settings.ClientName}-{Guid.NewGuid():N}");
        _probe = probe;
        await server.ExecuteAsync("PUBLISH", Invalidations.ToString(), probe.Key).ConfigureAwait(false);
        await Task.WhenAny(probe.Returned.Task, Task.Delay(LongestPause, _time, _disposal.Token)).ConfigureAwait(false);
        return probe.Returned.Task.IsCompleted && await FindSubscriberAsync(server).ConfigureAwait(false) == id;
    }

    /// <summary>The id of the connection that is subscribed: the newest of them, as the server may still count one that is dead.</summary>
    private async Task<long?> FindSubscriberAsync(IServer server)
    {
        string clients = (string)(await server.ExecuteAsync("CLIENT", "LIST", "TYPE", "pubsub").ConfigureAwait(false))!;
        return clients.Split('\n')
            .Select(client => client.Split(' '))
            .Where(properties => properties.Contains($"name={_settings.ClientName}"))
            .Max(properties => (long?)long.Parse(properties.First(property => property.StartsWith("id=", StringComparison.Ordinal)).AsSpan(3), CultureInfo.InvariantCulture));
    }

    private sealed record Probe(string Key)
    {
        public TaskCompletionSource Returned { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
