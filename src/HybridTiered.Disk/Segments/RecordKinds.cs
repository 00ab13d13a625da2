namespace HybridTiered.Disk.Segments;

/// <summary>What kinds of records have in common.</summary>
internal static class RecordKinds
{
    /// <summary>Whether a record of the kind holds a value.</summary>
    public static bool HoldsValue(this RecordKind kind) => kind is RecordKind.Value or RecordKind.KeptValue;
}
