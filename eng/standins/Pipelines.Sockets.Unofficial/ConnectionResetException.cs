namespace Pipelines.Sockets.Unofficial;

/// <summary>The connection under a pipe broke; the client catches this by type.</summary>
public class ConnectionResetException(string message, Exception? inner = null) : IOException(message, inner);
