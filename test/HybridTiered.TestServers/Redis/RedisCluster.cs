using HybridTiered.TestServers.Processes;

namespace HybridTiered.TestServers.Redis;

/// <summary>Three primaries that share the 16,384 slots, without replicas.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16_384;
    private const int Size = 3;

    private readonly List<RedisServer> _nodes = [];

    private RedisCluster()
    {
    }

    public IReadOnlyList<RedisServer> Nodes => _nodes;

    public string EndPoints => string.Join(',', _nodes.Select(node => node.EndPoint));

    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        for (int i = 0; i < Size; i++)
            cluster._nodes.Add(await RedisServer.StartAsync(new RedisServerOptions { ClusterNode = true }));
        for (int i = 0; i < Size; i++)
        {
            await cluster._nodes[i].CommandAsync($"CLUSTER ADDSLOTSRANGE {Slots * i / Size} {(Slots * (i + 1) / Size) - 1}");
            await cluster._nodes[0].CommandAsync($"CLUSTER MEET 127.0.0.1 {cluster._nodes[i].Port}");
        }
        foreach (RedisServer node in cluster._nodes)
            await Eventually.TrueAsync(() => IsCompleteAsync(node), $"node {node.Port} knows all slots of the cluster");
        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RedisServer node in _nodes)
            await node.DisposeAsync();
    }

    // The answer to CLUSTER SLOTS begins with the number of ranges; writes need the cluster's state as well, which SET of a key of the node's own tells.
    private static async Task<bool> IsCompleteAsync(RedisServer node) =>
        await node.CommandAsync("CLUSTER SLOTS") == $"*{Size}" && !(await node.CommandAsync("GET ready")).StartsWith("-CLUSTERDOWN", StringComparison.Ordinal);
}
