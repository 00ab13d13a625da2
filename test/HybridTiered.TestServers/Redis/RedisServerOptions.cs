namespace HybridTiered.TestServers.Redis;

/// <summary>What a test wants of its Redis server.</summary>
public sealed record RedisServerOptions
{
    /// <summary>Whether the port speaks TLS, with a certificate made for the occasion.</summary>
    public bool Tls { get; init; }

    /// <summary>Whether the server is a node of a cluster.</summary>
    public bool ClusterNode { get; init; }

    /// <summary>Whether what was written is still there after a kill and a restart.</summary>
    public bool AppendOnly { get; init; }

    /// <summary>Further arguments of <c>redis-server</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
