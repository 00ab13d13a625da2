using HybridTiered.Invalidation;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tracking;

/// <summary>
/// Tells which keys were written, removed or evicted on the server by anyone, in whatever language, this instance included: server-assisted
/// invalidation (https://redis.io/docs/latest/develop/reference/client-side-caching/, broadcasting mode with redirection).
/// </summary>
/// <remarks>
/// <para>
/// Tracking belongs to a connection, and the connection that gets the messages has to be known by its id. So each primary gets two connections of its own, with the
/// settings of the shared connection; that one must therefore have been given as a string or as <see cref="ConfigurationOptions"/>.
/// </para>
/// <para>
/// The primaries of a cluster are those at the start; after a failover the replica that took over is not tracked until the application starts again.
/// Needs Redis 6 or later and, under access control lists, <see cref="RedisPermissions.TrackingCommands"/>.
/// </para>
/// </remarks>
public sealed class RedisKeyTracking : IKeyChangeSource
{
    private readonly RedisConnection _connection;
    private readonly string _prefix;
    private readonly TimeProvider _time;
    private readonly Lock _callbacks = new();
    private readonly List<TrackingLink> _links = [];
    private Action<IReadOnlyList<string>?> _changed = static _ => { };

    /// <summary>Prepares tracking; touches no server.</summary>
    /// <param name="connection">Where Redis is.</param>
    /// <param name="instanceName">What the keys of interest begin with; it is taken off before they are reported. Empty for all keys.</param>
    /// <param name="time">The clock for pauses between attempts; the system's by default.</param>
    public RedisKeyTracking(RedisConnection connection, string instanceName, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(instanceName);
        _connection = connection;
        _prefix = instanceName;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The connection was given as a multiplexer, whose settings cannot be known.</exception>
    public async ValueTask StartAsync(Action<IReadOnlyList<string>?> changed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changed);
        _changed = changed;
        ConfigurationOptions settings = _connection.CopySettings()
            ?? throw new InvalidOperationException("Tracking needs connections of its own: give the connection as a string or as ConfigurationOptions.");
        IConnectionMultiplexer multiplexer = await _connection.GetMultiplexerAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (IServer primary in RedisTopology.GetPrimaries(multiplexer))
            {
                var link = new TrackingLink(primary.EndPoint, settings, _prefix, Report, _time);
                _links.Add(link);
                await link.StartAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends tracking and closes its connections.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (TrackingLink link in _links)
            await link.DisposeAsync().ConfigureAwait(false);
        _links.Clear();
    }

    private void Report(string? key)
    {
        lock (_callbacks)
        {
            if (key is null)
                _changed(null);
            else if (key.StartsWith(_prefix, StringComparison.Ordinal))
                _changed([key[_prefix.Length..]]);
        }
    }
}
