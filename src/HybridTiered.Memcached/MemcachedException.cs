namespace HybridTiered.Memcached;

/// <summary>The base of every fault that the Memcached tier throws on its own account.</summary>
public class MemcachedException : Exception
{
    /// <summary>Makes the exception.</summary>
    public MemcachedException()
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened; names the server, never a key or a value.</param>
    public MemcachedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened; names the server, never a key or a value.</param>
    /// <param name="innerException">The cause.</param>
    public MemcachedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
