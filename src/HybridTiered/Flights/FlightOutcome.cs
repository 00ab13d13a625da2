using HybridTiered.Tags;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Flights;

/// <summary>What a flight found or computed.</summary>
/// <param name="Found">Whether there is a value.</param>
/// <param name="Value">The value, for the caller that led the flight.</param>
/// <param name="Level">The level of the tier it was found in; 0 when it was computed.</param>
/// <param name="Created">Its creation time.</param>
/// <param name="Tags">The cells of its tags.</param>
/// <param name="Copies">Where the other callers get instances of their own, for types that could be changed.</param>
/// <param name="IsStale">Whether the value has expired and stands in for one that could not be had.</param>
/// <param name="Abandoned">Whether the factory gave up because its own caller had left; the others have to start again.</param>
internal readonly record struct FlightOutcome<T>(
    bool Found, T? Value, int Level, long Created, TagCell[]? Tags, SerializedEntry<T>? Copies = null, bool IsStale = false,
    bool Abandoned = false)
{
    /// <summary>What the caller gets that led the flight.</summary>
    public CacheResult<T> Result => new(Found, Value, Level) { IsStale = IsStale };

    /// <summary>The value for a caller that did not lead the flight.</summary>
    public T? ForWaiter() => Copies is null ? Value : Copies.Deserialize();
}
