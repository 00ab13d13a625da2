namespace HybridTiered.Memcached;

/// <summary>
/// A server sent what no Memcached server sends at that point. The connection has been closed, since nothing after it can be trusted.
/// Always the cause of a <see cref="MemcachedConnectionException"/>.
/// </summary>
public sealed class MemcachedProtocolException : MemcachedException
{
    /// <summary>Makes the exception.</summary>
    public MemcachedProtocolException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    public MemcachedProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public MemcachedProtocolException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
