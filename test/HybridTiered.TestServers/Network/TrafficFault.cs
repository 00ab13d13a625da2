namespace HybridTiered.TestServers.Network;

/// <summary>What a <see cref="TcpProxy"/> does to what a server sends.</summary>
public enum TrafficFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Some of the bytes that were read at once do not arrive, the connection stays.</summary>
    Drop,

    /// <summary>They arrive late.</summary>
    Delay,

    /// <summary>The first part of them arrives, then the connection ends.</summary>
    Truncate,

    /// <summary>Some of them arrive twice.</summary>
    Duplicate,

    /// <summary>Whole replies do not arrive, what does is well-formed.</summary>
    Swallow,
}
