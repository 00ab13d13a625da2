using System.Buffers.Binary;
using HybridTiered.Disk.Files;
using HybridTiered.Disk.Indexing;
using HybridTiered.Disk.Segments;
using HybridTiered.Entries;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Disk.Storage;

/// <summary>An open cache folder. Everything that appends to the log does so under the append lock, which this class owns.</summary>
/// <remarks>
/// Why nothing that was removed or replaced comes back:
/// <list type="number">
/// <item>The log is one sequence of records, and of a key's records the last one counts. Sequence numbers of segments have no gaps.</item>
/// <item>Before an operation that kills a record which is in a file returns, the record that kills it is handed to the operating system, so
/// the end of the process cannot undo it. Where that fails the caller gets the error and the removal is owed: it is paid before
/// anything else is appended.</item>
/// <item>Segments go oldest first, so a dead record goes before, or together with, the record that killed it.</item>
/// <item>An entry is carried over under the append lock while the index points to the original, so its copy is the key's last record at
/// that moment.</item>
/// <item>Recovery does not skip: where it cannot tell what a stretch of the log said, everything older than that stretch is dropped
/// (<see cref="Recovery"/>). A stretch lost at the very end takes the journal positions that were claimed in it along.</item>
/// <item>A journal position is a record like any other, so it stands for exactly the records before it.</item>
/// </list>
/// </remarks>
internal sealed class DiskStore : IDisposable
{
    private readonly Lock _appendLock = new();
    private readonly DiskTierOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HashIndex _index;
    private readonly SegmentTable _segments;
    private readonly LogTail _tail;
    private readonly EntryReader _reader;
    private readonly Flusher _flusher;
    private readonly IDisposable _folderLock;
    private readonly ulong _salt;
    private readonly int _damagedFiles;

    // What has taken effect in memory and could not be appended or handed to the operating system yet.
    private readonly HashSet<ulong> _owedRemovals = [];
    private bool _owesClear;
    private bool _owesFlush;
    private volatile bool _closed;

    private DiskStore(
        DiskTierOptions options, IFileSystem files, TimeProvider time, ILogger logger, HashIndex index, Recovered recovered, IDisposable folderLock)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _index = index;
        _salt = recovered.Salt;
        _segments = recovered.Segments;
        _damagedFiles = recovered.Damaged;
        _folderLock = folderLock;
        _tail = new LogTail(options, files, index, _segments, _salt, logger) { LastSequence = recovered.LastSequence, Position = recovered.Position };
        _tail.Unsealed.AddRange(recovered.Unsealed);
        _reader = new EntryReader(index, _segments, _tail, _appendLock, _salt, logger) { RecordExtension = RecordExtension };
        _flusher = new Flusher(options, time, logger, _appendLock, _tail, _segments);
    }

    /// <summary>The journal position that the content stands for.</summary>
    public JournalId Position
    {
        get
        {
            lock (_appendLock)
                return _tail.Position;
        }
    }

    private long Now => _time.GetUtcNow().UtcTicks;

    /// <summary>Locks the folder and finds out what is in it.</summary>
    /// <exception cref="IOException">The folder is in use or cannot be read.</exception>
    public static DiskStore Open(DiskTierOptions options, IFileSystem files, TimeProvider time, ILogger logger)
    {
        long started = time.GetTimestamp();
        files.CreateDirectory(options.Directory);
        IDisposable folderLock = files.Lock(Path.Combine(options.Directory, SegmentFormat.LockFileName));
        try
        {
            var index = new HashIndex();
            Recovered recovered = new Recovery(options, files, index, logger).Run(time.GetUtcNow().UtcTicks);
            var elapsed = (long)time.GetElapsedTime(started).TotalMilliseconds;
            DiskTierLog.Opened(logger, options.Directory, index.Count, recovered.Segments.Count, recovered.Position, elapsed);
            return new DiskStore(options, files, time, logger, index, recovered, folderLock);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    public TierEntry Read(string key, TierRead read)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(DiskTier));
        return _reader.Read(key, read, Now);
    }

    public void Refresh(string key)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(DiskTier));
        _reader.Refresh(key, Now);
    }

    public void Write(string key, ReadOnlySpan<byte> data, TierLifetime lifetime) => Write(key, data, lifetime, RecordKind.Value);

    private void Write(string key, ReadOnlySpan<byte> data, TierLifetime lifetime, RecordKind kind)
    {
        using var encoded = new EncodedKey(key, stackalloc byte[EncodedKey.ScratchSize]);
        long now = Now;
        long absoluteEnd = Expiry.After(now, lifetime.Absolute);
        var header = new RecordHeader
        {
            Hash = KeyHash.Compute(encoded.Bytes, _salt),
            Kind = kind,
            AbsoluteEnd = absoluteEnd,
            Sliding = lifetime.Sliding?.Ticks ?? 0,
            End = Math.Min(absoluteEnd, Expiry.After(now, lifetime.Sliding)),
        };
        lock (_appendLock)
        {
            IndexSlot slot;
            try
            {
                Settle_NeedsLock(now);
                long length = RecordHeader.Size + (long)encoded.Bytes.Length + data.Length;
                if (length > _tail.LongestRecord)
                    throw new EntryTooLargeException(length, _tail.LongestRecord);
                _flusher.ThrowIfFaulted_NeedsLock();
                slot = _tail.Append(header, encoded.Bytes, data, now);
            }
            catch
            {
                // The caller meant to replace what is there, so that must not be served any more.
                Kill_NeedsLock(header.Hash);
                throw;
            }
            bool killed = _index.Set(slot, out IndexSlot previous) && _tail.IsWritten(previous);
            _owesFlush |= killed && !_tail.IsWritten(slot);
            Finish_NeedsLock();
        }
    }

    /// <summary>Stores the time of a tag's invalidation unless a later one is there. It kills entries, so it is handed to the operating system like a removal.</summary>
    public void RaiseTagTime(string recordKey, long utcTicks, TierLifetime lifetime)
    {
        Span<byte> time = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(time, utcTicks);
        lock (_appendLock)
        {
            using TierEntry known = Read(recordKey, TierRead.Data);
            if (known.Data.Length == sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(known.Data.Span) >= utcTicks)
            {
                // The attempt that stored it may have failed to hand it over.
                Finish_NeedsLock();
                return;
            }
            _owesFlush = true;
            Write(recordKey, time, lifetime, RecordKind.KeptValue);
        }
    }

    public void Remove(IReadOnlyList<string> keys)
    {
        Span<byte> scratch = stackalloc byte[EncodedKey.ScratchSize];
        lock (_appendLock)
        {
            foreach (string key in keys)
            {
                using var encoded = new EncodedKey(key, scratch);
                Kill_NeedsLock(KeyHash.Compute(encoded.Bytes, _salt));
            }
            Settle_NeedsLock(Now);
            Finish_NeedsLock();
        }
    }

    /// <summary>Removes every entry whose key matches, segment by segment.</summary>
    public long RemoveByPattern(GlobPattern pattern, string keepPrefix, CancellationToken cancellationToken)
    {
        var removal = new PatternRemoval(pattern, keepPrefix);
        Segment[] segments;
        lock (_appendLock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(DiskTier));
            _tail.Removals.Add(removal);
            segments = _segments.All.ToArray();
        }
        try
        {
            new PatternScan(_index, _reader, EntriesOf, Remove, removal).Run(segments, Now, cancellationToken);
        }
        finally
        {
            // Taking the lock also waits for a recycling that has left out entries and not yet deleted their segment.
            lock (_appendLock)
                _tail.Removals.Remove(removal);
        }
        return removal.Count;
    }

    /// <summary>Claims that everything up to a journal id has been applied.</summary>
    public void WritePosition(JournalId position)
    {
        Span<byte> payload = stackalloc byte[PositionFormat.Length];
        PositionFormat.Write(payload, position);
        lock (_appendLock)
        {
            long now = Now;
            Settle_NeedsLock(now);
            if (_tail.Position != position)
            {
                _tail.Append(new RecordHeader { Kind = RecordKind.Position }, [], payload, now);
                _tail.Position = position;
                _owesFlush = true;
            }
            Finish_NeedsLock();
        }
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        lock (_appendLock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(DiskTier));
            long now = Now;
            _index.Clear();
            _owesClear = _segments.Count > 0;
            try
            {
                // Deleting comes first because it gives room back, which a full disk may need for the record.
                _tail.DropAllButNewest(now);
            }
            finally
            {
                Settle_NeedsLock(now);
                Finish_NeedsLock();
            }
        }
    }

    /// <summary>Makes everything durable.</summary>
    public void Flush() => _flusher.Flush();

    public DiskTierStatistics GetStatistics()
    {
        lock (_appendLock)
        {
            long written = 0;
            foreach (Segment segment in _segments.All)
                written += segment.Written;
            return new DiskTierStatistics(
                _index.Count, _index.Bytes, _segments.Count, written, _tail.CarriedOver, _damagedFiles + _reader.Damaged);
        }
    }

    public void Dispose()
    {
        lock (_appendLock)
        {
            if (_closed)
                return;
            try
            {
                Settle_NeedsLock(Now);
                foreach (IndexSlot slot in _index.ListLagging())
                    RecordExtension_NeedsLock(slot);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                DiskTierLog.CannotClose(_logger, fault, _options.Directory);
            }
            _closed = true;
        }
        _flusher.Dispose();
        foreach (Segment segment in _segments.All)
            segment.Dispose();
        _folderLock.Dispose();
    }

    private List<FooterEntry>? EntriesOf(Segment segment)
    {
        lock (_appendLock)
            return _tail.EntriesOf(segment);
    }

    /// <summary>Takes an entry out of the index; the next <see cref="Settle_NeedsLock"/> appends that it is gone.</summary>
    private void Kill_NeedsLock(ulong hash)
    {
        if (_index.Remove(hash))
            _owedRemovals.Add(hash);
    }

    /// <summary>Appends what is owed, before anything else may be appended.</summary>
    private void Settle_NeedsLock(long now)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(DiskTier));
        if (_owesClear)
        {
            _tail.Append(new RecordHeader { Kind = RecordKind.Clear }, [], [], now);
            _owesClear = false;
            _owesFlush = true;
            _owedRemovals.Clear();
        }
        foreach (ulong hash in _owedRemovals)
        {
            _tail.Append(new RecordHeader { Kind = RecordKind.Removal, Hash = hash }, [], [], now);
            _owesFlush = true;
            _owedRemovals.Remove(hash);
        }
    }

    private void Finish_NeedsLock()
    {
        if (_owesFlush)
        {
            _tail.Flush();
            _owesFlush = false;
        }
        _flusher.Schedule_NeedsLock();
    }

    private int Remove(IReadOnlyList<IndexSlot> slots)
    {
        int removed = 0;
        lock (_appendLock)
        {
            foreach (IndexSlot slot in slots)
            {
                if (!_index.RemoveAt(slot.Hash, slot.Segment, slot.Place))
                    continue;
                _owedRemovals.Add(slot.Hash);
                removed++;
            }
            Settle_NeedsLock(Now);
            Finish_NeedsLock();
        }
        return removed;
    }

    private void RecordExtension(IndexSlot slot)
    {
        lock (_appendLock)
        {
            try
            {
                Settle_NeedsLock(Now);
                RecordExtension_NeedsLock(slot);
                _flusher.Schedule_NeedsLock();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // The reader has its entry; the extension holds in memory and is tried again by the next read.
                DiskTierLog.CannotExtend(_logger, fault);
            }
        }
    }

    private void RecordExtension_NeedsLock(in IndexSlot slot)
    {
        if (!_index.TryGet(slot.Hash, out IndexSlot current) || !current.IsAt(slot.Segment, slot.Place))
            return;
        _tail.Append(new RecordHeader { Kind = RecordKind.Extension, Hash = current.Hash, End = current.End }, [], [], Now);
        _index.MarkRecorded(current, current.End);
    }
}
