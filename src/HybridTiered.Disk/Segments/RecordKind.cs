namespace HybridTiered.Disk.Segments;

/// <summary>What a record says about what was written before it. The numbers are part of the file format.</summary>
internal enum RecordKind : uint
{
    /// <summary>The key has this value; any earlier record of the key is dead.</summary>
    Value = 1,

    /// <summary>Any earlier record of the key is dead.</summary>
    Removal = 2,

    /// <summary>The key's record, wherever it is, now ends later.</summary>
    Extension = 3,

    /// <summary>Every earlier record is dead.</summary>
    Clear = 4,

    /// <summary>Everything up to a journal id has been applied by the records before this one.</summary>
    Position = 5,

    /// <summary>The records of the segment end here; the footer follows.</summary>
    EndOfData = 6,

    /// <summary>As <see cref="Value"/>, and always carried over: entries that outlive it could depend on it.</summary>
    KeptValue = 7,
}
