using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>Finds the servers that hold the keys.</summary>
internal static class RedisTopology
{
    /// <summary>Whether keys lie on different servers, so that no command may name two of them.</summary>
    /// <param name="multiplexer">The connection.</param>
    /// <param name="key">Some key: it has a slot wherever there are slots.</param>
    public static bool IsSharded(this IConnectionMultiplexer multiplexer, RedisKey key) => multiplexer.HashSlot(key) >= 0;

    /// <summary>Every primary: in a cluster those that own slots, reachable or not, so that a scan cannot pass one over in silence; else the connected ones.</summary>
    /// <exception cref="RedisConnectionException">None is connected.</exception>
    public static IReadOnlyList<IServer> GetPrimaries(IConnectionMultiplexer multiplexer)
    {
        IServer[] servers = multiplexer.GetServers();
        // What the client last heard of the cluster: asking anew takes the permission of an administrator.
        ClusterConfiguration? cluster = servers.FirstOrDefault(server => server is { IsConnected: true, ServerType: ServerType.Cluster })?.ClusterConfiguration;
        if (cluster is not null)
        {
            return
            [
                .. cluster.Nodes
                    .Where(node => !node.IsReplica && node.Slots.Count > 0 && node.EndPoint is not null)
                    .Select(node => multiplexer.GetServer(node.EndPoint!)),
            ];
        }

        IServer[] primaries = Array.FindAll(servers, server => server.IsConnected && !server.IsReplica);
        return primaries.Length > 0
            ? primaries
            : throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, "No primary is connected, and replicas take no writes; name the primary, or all nodes, in the connection string.");
    }
}
