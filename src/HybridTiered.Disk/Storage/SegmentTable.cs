using HybridTiered.Disk.Segments;

namespace HybridTiered.Disk.Storage;

/// <summary>The segments of the log, whose sequence numbers have no gaps. Read by anyone; changed under the append lock.</summary>
internal sealed class SegmentTable
{
    private volatile Segment[] _segments = [];

    /// <summary>A snapshot, oldest first.</summary>
    public ReadOnlySpan<Segment> All => _segments;

    public int Count => _segments.Length;

    public Segment Oldest => _segments[0];

    /// <summary>What all segments may take on disk.</summary>
    public long Reserved
    {
        get
        {
            long sum = 0;
            foreach (Segment segment in _segments)
                sum += segment.Reserved;
            return sum;
        }
    }

    public Segment? Find(uint sequence)
    {
        Segment[] segments = _segments;
        if (segments.Length == 0)
            return null;
        uint at = sequence - segments[0].Sequence;
        return at < (uint)segments.Length ? segments[at] : null;
    }

    public void Add(Segment segment) => _segments = [.. _segments, segment];

    public void RemoveOldest() => _segments = _segments[1..];
}
