using System.IO.Pipelines;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Makes pipes of streams (TLS, tunnels).</summary>
public static class StreamConnection
{
    public static IDuplexPipe GetDuplex(Stream stream, PipeOptions? sendPipeOptions, PipeOptions? receivePipeOptions, string? name)
    {
        _ = (receivePipeOptions, name);
        return new SocketConnection(stream, socket: null, sendPipeOptions);
    }

    public static PipeReader GetReader(Stream stream, PipeOptions? pipeOptions, string? name)
    {
        _ = (pipeOptions, name);
        return PipeReader.Create(stream);
    }
}
