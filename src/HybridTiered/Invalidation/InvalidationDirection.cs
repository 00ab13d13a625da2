namespace HybridTiered.Invalidation;

/// <summary>Which way an invalidation went.</summary>
public enum InvalidationDirection
{
    /// <summary>Made on this instance.</summary>
    Sent,

    /// <summary>Made on another instance.</summary>
    Received,
}
