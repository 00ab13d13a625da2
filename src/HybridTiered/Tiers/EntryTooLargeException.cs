namespace HybridTiered.Tiers;

/// <summary>
/// A tier refused a write because the entry is larger than it takes. The tier itself is well, so this counts as a refusal, not as a fault.
/// </summary>
/// <remarks>
/// Where an unconditional write was refused, nothing that the tier held under the key before is served any more; a refused conditional
/// write stores nothing.
/// </remarks>
public sealed class EntryTooLargeException : Exception
{
    /// <summary>Makes the exception.</summary>
    public EntryTooLargeException()
        : this("The entry is larger than the tier takes.")
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was refused, without key or value.</param>
    public EntryTooLargeException(string message)
        : this(message, null)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was refused, without key or value.</param>
    /// <param name="innerException">What the back end answered, if it was asked.</param>
    public EntryTooLargeException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="size">What the entry needs in the tier, in bytes, overhead included.</param>
    /// <param name="limit">What the tier takes, in bytes.</param>
    public EntryTooLargeException(long size, long limit)
        : this($"The entry needs {size} bytes, and the tier takes {limit} at most; store less, or raise the limit of the tier.")
    {
        Size = size;
        Limit = limit;
    }

    /// <summary>What the entry needs in the tier, in bytes, overhead included; 0 when unknown.</summary>
    public long Size { get; }

    /// <summary>What the tier takes, in bytes; 0 when unknown.</summary>
    public long Limit { get; }
}
