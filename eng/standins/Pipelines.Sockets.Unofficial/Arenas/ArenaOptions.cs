namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Accepted and ignored: the client passes nothing but defaults.</summary>
public class ArenaOptions
{
    public ArenaOptions(ArenaFlags flags, int blockSizeBytes, Func<long, long, long>? retentionPolicy) => _ = (flags, blockSizeBytes, retentionPolicy);
}
