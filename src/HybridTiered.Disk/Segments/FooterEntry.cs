using System.Runtime.InteropServices;

namespace HybridTiered.Disk.Segments;

/// <summary>What the footer repeats of a record, so that recovery need not read the record.</summary>
/// <param name="Hash">Hash of the key.</param>
/// <param name="End">See <see cref="RecordHeader.End"/>.</param>
/// <param name="Place">Where the record begins, in units of <see cref="SegmentFormat.Alignment"/>.</param>
/// <param name="Length">See <see cref="RecordHeader.Length"/>.</param>
/// <param name="Kind">What the record says.</param>
/// <param name="Reserved">0.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FooterEntry(ulong Hash, long End, uint Place, uint Length, RecordKind Kind, uint Reserved = 0)
{
    /// <summary>Bytes of an entry.</summary>
    public const int Size = 32;
}
