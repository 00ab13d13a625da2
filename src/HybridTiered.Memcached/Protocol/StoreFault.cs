using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Protocol;

/// <summary>Tells a server's refusal of a large item from its other faults.</summary>
internal static class StoreFault
{
    public static Exception For(string message, Exception fault) =>
        message.StartsWith("object too large", StringComparison.Ordinal)
            ? new EntryTooLargeException("The entry is larger than the server takes (its option -I).", fault)
            : fault;
}
