namespace HybridTiered.Memcached;

/// <summary>
/// A server understood the operation and reported that it cannot carry it out, for example for want of memory. The connection goes on.
/// </summary>
public sealed class MemcachedServerException : MemcachedException
{
    /// <summary>Makes the exception.</summary>
    public MemcachedServerException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    public MemcachedServerException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public MemcachedServerException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
