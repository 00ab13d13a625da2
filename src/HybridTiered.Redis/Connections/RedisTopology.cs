using StackExchange.Redis;

namespace HybridTiered.Redis.Connections;

/// <summary>Finds the servers that hold the keys.</summary>
internal static class RedisTopology
{
    /// <summary>Every primary: in a cluster those that own slots, reachable or not, so that a scan cannot pass one over in silence; else the connected ones.</summary>
    public static async Task<IReadOnlyList<IServer>> GetPrimariesAsync(IConnectionMultiplexer multiplexer)
    {
        IServer[] servers = multiplexer.GetServers();
        IServer? node = Array.Find(servers, server => server.IsConnected && server.ServerType == ServerType.Cluster);
        if (node is not null && await node.ClusterNodesAsync().ConfigureAwait(false) is { } cluster)
        {
            return
            [
                .. cluster.Nodes
                    .Where(n => !n.IsReplica && n.Slots.Count > 0 && n.EndPoint is not null)
                    .Select(n => multiplexer.GetServer(n.EndPoint!)),
            ];
        }

        IServer[] primaries = Array.FindAll(servers, server => server.IsConnected && !server.IsReplica);
        return primaries.Length > 0
            ? primaries
            : throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, "No primary is connected.");
    }
}
