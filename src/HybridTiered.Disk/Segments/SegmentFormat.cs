using System.Globalization;
using System.Numerics;

namespace HybridTiered.Disk.Segments;

/// <summary>Names, sizes and alignment of segment files. Integers are little-endian; structures are laid out as declared.</summary>
internal static class SegmentFormat
{
    /// <summary>"HTSEG", format version 1.</summary>
    public const ulong HeaderMagic = 0x0100_0047_4553_5448;

    /// <summary>"HTEND", format version 1.</summary>
    public const ulong TrailerMagic = 0x0100_0044_4e45_5448;

    /// <summary>Records begin at multiples of this, so an offset fits the index in 32 bits.</summary>
    public const int Alignment = 8;

    /// <summary>The file by whose lock a process owns the folder. It stays empty.</summary>
    public const string LockFileName = "lock";

    private const string Prefix = "segment-";
    private const string Suffix = ".log";

    public static long Align(long length) => (length + Alignment - 1) & ~(long)(Alignment - 1);

    public static string FileName(uint sequence) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{sequence:x8}{Suffix}");

    public static bool TryParseFileName(string name, out uint sequence)
    {
        sequence = 0;
        return name.Length == Prefix.Length + 8 + Suffix.Length
            && name.StartsWith(Prefix, StringComparison.Ordinal)
            && uint.TryParse(name.AsSpan(Prefix.Length, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out sequence)
            && sequence != 0
            && name == FileName(sequence);
    }

    /// <summary>
    /// What the checksum of a record header starts from: another number for each folder, segment and place, so that a record that was moved or copied, which may bring back
    /// what had been replaced, is none.
    /// </summary>
    public static uint ChecksumSeed(ulong salt, uint sequence, long offset) =>
        (uint)salt ^ (uint)(salt >> 32) ^ BitOperations.RotateLeft(sequence, 16) ^ (uint)(offset / Alignment);

    /// <summary>Bytes of the footer of a segment with so many entries.</summary>
    public static long FooterLength(int entries) => RecordHeader.Size + ((long)entries * FooterEntry.Size) + SegmentTrailer.Size;
}
