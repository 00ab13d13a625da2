using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>Subscribes only when it can succeed: a failed attempt would leave a queue behind in the client that nobody can reach or empty.</summary>
internal static class RedisSubscribing
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits for the connection that carries subscriptions, which the client opens after the one for commands, and subscribes.</summary>
    /// <exception cref="RedisConnectionException">There is no connection at all.</exception>
    public static async Task<ChannelMessageQueue> SubscribeAsync(
        IConnectionMultiplexer multiplexer, RedisChannel channel, TimeProvider time, CancellationToken cancellationToken)
    {
        ISubscriber subscriber = multiplexer.GetSubscriber();
        while (!subscriber.IsConnected(channel))
        {
            if (!multiplexer.IsConnected)
                throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, "No connection is there to subscribe on; it is tried again.");
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
        return await subscriber.SubscribeAsync(channel).OrCancelled(cancellationToken).ConfigureAwait(false);
    }
}
