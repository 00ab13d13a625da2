namespace HybridTiered.Chain;

/// <summary>How a write to one tier ended.</summary>
internal enum WriteOutcome
{
    /// <summary>The tier was left out: read-only, value too large, or no version to compare with.</summary>
    Skipped,

    /// <summary>The tier has the value.</summary>
    Written,

    /// <summary>The tier refused it, because the key was invalidated or set meanwhile.</summary>
    Refused,

    /// <summary>The tier failed.</summary>
    Failed,

    /// <summary>The tier did not answer in time, and may still be at it: the bytes that it was given must not be used for anything else.</summary>
    TimedOut,
}
