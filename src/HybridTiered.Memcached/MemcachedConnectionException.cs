namespace HybridTiered.Memcached;

/// <summary>
/// A server cannot be reached, closed the connection, did not answer in time, or sent what is not understood. The inner exception tells
/// which: a <see cref="System.Net.Sockets.SocketException"/>, an <see cref="IOException"/>, a <see cref="TimeoutException"/> or a <see
/// cref="MemcachedProtocolException"/>. Whether the operation took place on the server is unknown.
/// </summary>
public sealed class MemcachedConnectionException : MemcachedException
{
    /// <summary>Makes the exception.</summary>
    public MemcachedConnectionException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    public MemcachedConnectionException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public MemcachedConnectionException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
