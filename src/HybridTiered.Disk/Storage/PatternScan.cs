using HybridTiered.Disk.Indexing;
using HybridTiered.Disk.Segments;

namespace HybridTiered.Disk.Storage;

/// <summary>Looks at the keys of all live entries, segment by segment, and has those removed that match, in batches.</summary>
internal sealed class PatternScan(
    HashIndex index,
    EntryReader reader,
    Func<Segment, List<FooterEntry>?> entriesOf,
    Func<IReadOnlyList<IndexSlot>, int> remove,
    PatternRemoval removal)
{
    private const int BatchSize = 256;
    private const int LikelyKeyLength = 200;

    private readonly List<IndexSlot> _batch = new(BatchSize);

    public void Run(IReadOnlyList<Segment> segments, long now, CancellationToken cancellationToken)
    {
        foreach (Segment segment in segments)
        {
            if (!segment.TryLease())
                continue;
            try
            {
                Run(segment, now, cancellationToken);
            }
            finally
            {
                segment.Release();
            }
        }
    }

    private void Run(Segment segment, long now, CancellationToken cancellationToken)
    {
        if (entriesOf(segment) is not { } entries)
        {
            // The footer has become unreadable, so these keys cannot be told apart any more.
            removal.Add(remove(index.ListSegment(segment.Sequence)));
            return;
        }
        foreach (FooterEntry entry in entries)
        {
            if (!entry.Kind.HoldsValue() || !index.TryGet(entry.Hash, out IndexSlot slot) || !slot.IsAt(segment.Sequence, entry.Place)
                || slot.End <= now || !Matches(segment, slot))
                continue;
            _batch.Add(slot);
            if (_batch.Count == BatchSize)
                RemoveBatch(cancellationToken);
        }
        RemoveBatch(cancellationToken);
    }

    private bool Matches(Segment segment, in IndexSlot slot, int keyLength = LikelyKeyLength)
    {
        using var buffer = new PooledBuffer((int)Math.Min(slot.Length, RecordHeader.Size + keyLength));
        Span<byte> start = buffer.Memory.Span;
        if (!reader.TryFill(segment, slot, start, out RecordHeader header))
            return false;
        int end = RecordHeader.Size + (int)header.KeyLength;
        return end <= start.Length ? removal.Matches(start[RecordHeader.Size..end]) : Matches(segment, slot, (int)header.KeyLength);
    }

    private void RemoveBatch(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_batch.Count > 0)
            removal.Add(remove(_batch));
        _batch.Clear();
    }
}
