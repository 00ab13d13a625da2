namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Accepted and ignored: the client passes null.</summary>
public abstract class Allocator<T>;
