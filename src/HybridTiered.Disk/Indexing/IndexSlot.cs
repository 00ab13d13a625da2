using System.Runtime.InteropServices;

namespace HybridTiered.Disk.Indexing;

/// <summary>What memory knows of a record: 32 bytes, and no object.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IndexSlot
{
    /// <summary>Bytes of a slot.</summary>
    public const int Size = 32;

    private const uint ReadBit = 1u << 31;
    private const uint LagMask = ReadBit - 1;

    /// <summary>Hash of the key.</summary>
    public ulong Hash;

    /// <summary>UTC ticks at which the entry ends; moves when a sliding entry is read.</summary>
    public long End;

    /// <summary>The segment of the record; 0 in an empty slot.</summary>
    public uint Segment;

    /// <summary>Where in the segment the record begins, in units of <see cref="Segments.SegmentFormat.Alignment"/>.</summary>
    public uint Place;

    /// <summary>Bytes of the record.</summary>
    public uint Length;

    private uint _state;

    public IndexSlot(ulong hash, long end, uint segment, uint place, uint length)
    {
        Hash = hash;
        End = end;
        Segment = segment;
        Place = place;
        Length = length;
    }

    public readonly bool IsEmpty => Segment == 0;

    /// <summary>Whether the entry was read since it was written or carried over.</summary>
    public readonly bool WasRead => (_state & ReadBit) != 0;

    /// <summary>How far <see cref="End"/> is ahead of what a restart would find on disk, in whole milliseconds.</summary>
    public readonly uint Lag => _state & LagMask;

    public readonly bool IsAt(uint segment, uint place) => Segment == segment && Place == place;

    public void MarkRead() => _state |= ReadBit;

    public void SetLag(long milliseconds) => _state = (_state & ReadBit) | (uint)Math.Min(milliseconds, LagMask);

    public void MoveTo(uint segment, uint place)
    {
        Segment = segment;
        Place = place;
        _state = 0;
    }
}
