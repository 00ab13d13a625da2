namespace HybridTiered.TestServers.Processes;

/// <summary>A server did not start because another program listens on its port.</summary>
public sealed class PortTakenException(string message) : InvalidOperationException(message);
