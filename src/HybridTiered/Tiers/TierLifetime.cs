namespace HybridTiered.Tiers;

/// <summary>How long a tier keeps an entry, counted from the call that carries it.</summary>
/// <param name="Absolute">Time left until the entry ends whatever happens; <see langword="null"/> when it has no such end. Always positive.</param>
/// <param name="Sliding">Time without a read after which the entry ends; <see langword="null"/> when reads do not matter. Always positive.</param>
/// <remarks>The tier keeps the entry for the smaller of the two. Both are relative, so no clock has to agree with another.</remarks>
public readonly record struct TierLifetime(TimeSpan? Absolute, TimeSpan? Sliding = null)
{
    /// <summary>Time until the entry ends if nobody reads it: the smaller of both, or <see langword="null"/> for no end.</summary>
    public TimeSpan? UntilUnread =>
        (Absolute, Sliding) switch
        {
            ({ } absolute, { } sliding) => absolute < sliding ? absolute : sliding,
            ({ } absolute, null) => absolute,
            (null, { } sliding) => sliding,
            _ => null,
        };
}
