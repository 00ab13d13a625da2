namespace HybridTiered;

/// <summary>What the other instances are told when a value is set here.</summary>
public enum BroadcastMode
{
    /// <summary>To drop their copy; they read the new value from a shared tier when they need it. The default.</summary>
    Remove,

    /// <summary>To take the new value at once. Falls back to <see cref="Remove"/> for values too large for a message.</summary>
    Update,

    /// <summary>Nothing: their copies live until they expire.</summary>
    None,
}
