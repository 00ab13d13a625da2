namespace Pipelines.Sockets.Unofficial;

/// <summary>What ended a connection first. The client is compiled against the values 100 and 400.</summary>
public enum PipeShutdownKind
{
    None = 0,
    ReadEndOfStream = 100,
    ReadFault = 101,
    WriteFault = 200,
    Disposed = 300,
    ProtocolExitClient = 400,
}
