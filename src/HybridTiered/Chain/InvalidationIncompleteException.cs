namespace HybridTiered.Chain;

/// <summary>
/// An invalidation could not be carried out everywhere. It is complete as far as this instance is concerned: its memory is clean, and it does not read what is
/// concerned from the tiers that failed. What could not be done is tried again until it is done.
/// </summary>
public sealed class InvalidationIncompleteException : Exception
{
    /// <summary>Creates the exception.</summary>
    public InvalidationIncompleteException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    public InvalidationIncompleteException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The first fault.</param>
    public InvalidationIncompleteException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
