using HybridTiered.Disk.Indexing;
using HybridTiered.Disk.Segments;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Disk.Storage;

/// <summary>
/// Finds entries by key. The append lock is taken only for a record that still waits in the buffer, and to record that a sliding entry was extended.
/// </summary>
internal sealed class EntryReader(HashIndex index, SegmentTable segments, LogTail tail, Lock appendLock, ulong salt, ILogger logger)
{
    // A sliding entry's end is written again when this part of its window has gone by since it was last written.
    private const int RecordedPart = 8;

    private long _damaged;

    /// <summary>Records that failed their checksums.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    /// <summary>Called without lock when the end on disk of a sliding entry is too far behind.</summary>
    public required Action<IndexSlot> RecordExtension { get; init; }

    public TierEntry Read(string key, TierRead read, long now)
    {
        using var encoded = new EncodedKey(key, stackalloc byte[EncodedKey.ScratchSize]);
        ulong hash = KeyHash.Compute(encoded.Bytes, salt);
        while (index.TryRead(hash, now, out IndexSlot slot))
        {
            if (!TryLease(slot, out Segment segment))
                continue;
            PooledBuffer? buffer = new((int)slot.Length);
            try
            {
                if (!TryReadIntact(segment, slot, buffer.Memory.Span, out RecordHeader header) || !IsOf(encoded.Bytes, header, buffer.Memory.Span))
                    return TierEntry.Missing;
                TierLifetime? lifetime = read == TierRead.DataAndLifetime ? Slide(slot, header, now) : null;
                var entry = new TierEntry(buffer.Memory[(RecordHeader.Size + encoded.Bytes.Length)..], buffer, lifetime);
                buffer = null;
                return entry;
            }
            finally
            {
                buffer?.Dispose();
                segment.Release();
            }
        }
        return TierEntry.Missing;
    }

    /// <summary>Starts the sliding window of an entry again, reading no more than its header and key.</summary>
    public void Refresh(string key, long now)
    {
        using var encoded = new EncodedKey(key, stackalloc byte[EncodedKey.ScratchSize]);
        ulong hash = KeyHash.Compute(encoded.Bytes, salt);
        int length = RecordHeader.Size + encoded.Bytes.Length;
        while (index.TryRead(hash, now, out IndexSlot slot) && slot.Length >= length)
        {
            if (!TryLease(slot, out Segment segment))
                continue;
            try
            {
                using var buffer = new PooledBuffer(length);
                if (TryFill(segment, slot, buffer.Memory.Span, out RecordHeader header) && IsOf(encoded.Bytes, header, buffer.Memory.Span))
                    Slide(slot, header, now);
                return;
            }
            finally
            {
                segment.Release();
            }
        }
    }

    /// <summary>Reads the first bytes of a record, wherever it is, and says whether its header is the expected one.</summary>
    public bool TryFill(Segment segment, in IndexSlot slot, Span<byte> destination, out RecordHeader header)
    {
        if (RecordAccess.OffsetOf(slot) + slot.Length > segment.Written)
        {
            lock (appendLock)
            {
                if (tail.TryCopy(slot, destination))
                    return RecordAccess.TryParse(segment, slot, destination, out header);
            }
        }
        return RecordAccess.TryRead(segment, slot, destination, out header);
    }

    private static bool IsOf(ReadOnlySpan<byte> key, in RecordHeader header, ReadOnlySpan<byte> record) =>
        header.KeyLength == key.Length && record.Slice(RecordHeader.Size, key.Length).SequenceEqual(key);

    /// <summary>Fails when the segment was recycled since the index was asked; the index knows better by now.</summary>
    private bool TryLease(in IndexSlot slot, out Segment segment)
    {
        Segment? found = segments.Find(slot.Segment);
        segment = found!;
        return found is not null && found.TryLease();
    }

    private bool TryReadIntact(Segment segment, in IndexSlot slot, Span<byte> record, out RecordHeader header)
    {
        if (TryFill(segment, slot, record, out header) && header.IsIntact(record[RecordHeader.Size..]))
            return true;
        if (index.RemoveAt(slot.Hash, slot.Segment, slot.Place))
        {
            Interlocked.Increment(ref _damaged);
            DiskTierLog.DamagedRecord(logger, slot.Segment);
        }
        return false;
    }

    private TierLifetime Slide(in IndexSlot slot, in RecordHeader header, long now)
    {
        if (header.Sliding > 0)
        {
            long lag = index.Extend(slot, Math.Min(header.AbsoluteEnd, Expiry.After(now, header.Sliding)));
            if (lag > header.Sliding / TimeSpan.TicksPerMillisecond / RecordedPart)
                RecordExtension(slot);
        }
        return new TierLifetime(
            header.AbsoluteEnd == Expiry.Never ? null : TimeSpan.FromTicks(header.AbsoluteEnd - now),
            header.Sliding == 0 ? null : TimeSpan.FromTicks(header.Sliding));
    }
}
