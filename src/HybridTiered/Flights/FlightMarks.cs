namespace HybridTiered.Flights;

/// <summary>What the <see cref="FlightTable"/> has noted of a flight, under the lock of the key's shard.</summary>
[Flags]
internal enum FlightMarks : byte
{
    None = 0,

    /// <summary>Callers may join.</summary>
    Joinable = 1,

    /// <summary>Its result is decided.</summary>
    Closed = 2,

    /// <summary>Its key was invalidated since it started: it stores nothing.</summary>
    Tainted = 4,

    /// <summary>Its key has changed in a shared tier since it started: L1 does not keep its result.</summary>
    Doubted = 8,

    /// <summary>It has left the table.</summary>
    Ended = 16,

    /// <summary>Others than its leader may still hold it.</summary>
    Shared = 32,
}
