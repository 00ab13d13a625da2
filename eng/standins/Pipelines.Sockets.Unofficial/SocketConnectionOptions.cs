namespace Pipelines.Sockets.Unofficial;

/// <summary>The client passes 0 and nothing else.</summary>
[Flags]
public enum SocketConnectionOptions
{
    None = 0,
}
