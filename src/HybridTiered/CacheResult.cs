namespace HybridTiered;

/// <summary>A value together with where it came from. The default instance is the answer when nothing was found.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="Found">Whether there is a value. A cached <see langword="null"/> is found.</param>
/// <param name="Value">The value; <see langword="default"/> when there is none.</param>
/// <param name="Level">The level of the tier it was found in, 1 for L1; 0 when it was computed or not found.</param>
public readonly record struct CacheResult<T>(bool Found, T? Value, int Level)
{
    /// <summary>Whether the value has expired and was served by fail-safe in place of one that could not be had.</summary>
    public bool IsStale { get; init; }

    /// <summary>Where the value came from: <c>L1</c>, <c>L2</c>, ... or <c>source</c>; <c>none</c> when there is no value.</summary>
    public string Source => Level > 0 ? $"L{Level}" : Found ? "source" : "none";
}
