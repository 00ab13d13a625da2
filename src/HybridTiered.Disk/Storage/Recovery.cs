using System.Security.Cryptography;
using HybridTiered.Disk.Files;
using HybridTiered.Disk.Indexing;
using HybridTiered.Disk.Segments;
using HybridTiered.Invalidation;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Disk.Storage;

/// <summary>
/// Finds out what is in a folder: repeats what the segments' footers say, oldest first, and reads the records where there is no intact footer.
/// No damage makes it fail.
/// </summary>
/// <remarks>
/// What counts is the longest stretch up to the end of the log of which everything is known. A segment that is missing in the middle, one
/// that is damaged so that its records cannot be told, one that ends before the next one says it does, or one that promises a
/// successor that is not there, may have held the record that replaced or removed an older one. Everything up to there is dropped, the
/// files included. Files with other names are not touched.
/// </remarks>
internal sealed class Recovery(DiskTierOptions options, IFileSystem files, HashIndex index, ILogger logger)
{
    private readonly List<Segment> _kept = [];
    private readonly List<string> _dropped = [];
    private JournalId _position;
    private ulong _salt;
    private bool _successorPromised;
    private int _damaged;

    /// <summary>Fills the index.</summary>
    /// <param name="now">UTC ticks.</param>
    public Recovered Run(long now)
    {
        SegmentCandidate[] candidates = FindCandidates();
        _salt = candidates.Reverse().Select(candidate => candidate.Salt).FirstOrDefault(salt => salt is not null)
            ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        for (int i = 0; i < candidates.Length; i++)
            Replay(candidates[i], next: i + 1 < candidates.Length ? candidates[i + 1] : null);
        if (_successorPromised)
            DropEverythingSoFar(_kept[^1].Path, "the segment after it is missing");
        DropWhatExceedsTheLimit();
        index.RemoveEnded(now);
        DeleteDropped();
        var segments = new SegmentTable();
        foreach (Segment segment in _kept)
            segments.Add(segment);

        // Sequence numbers go on without a gap; a number is used again where nothing but an unfinished file had it.
        uint last = (_kept.LastOrDefault()?.Sequence ?? candidates.LastOrDefault()?.Sequence) ?? 0;
        return new Recovered(segments, [.. _kept.SkipLast(1).Where(segment => !segment.IsSealed)], _position, _salt, last, _damaged);
    }

    private SegmentCandidate[] FindCandidates()
    {
        var found = new SortedDictionary<uint, string>();
        foreach (string name in files.List(options.Directory))
        {
            if (SegmentFormat.TryParseFileName(name, out uint sequence))
                found.Add(sequence, Path.Combine(options.Directory, name));
        }
        return [.. found.Select(file => SegmentCandidate.Open(files, file.Value, file.Key))];
    }

    private void Replay(SegmentCandidate candidate, SegmentCandidate? next)
    {
        if (_kept.Count > 0 && _kept[^1].Sequence + 1 != candidate.Sequence)
            DropEverythingSoFar(_kept[^1].Path, "the segment after it is missing");
        if (candidate.File is null || candidate.Salt != _salt)
        {
            candidate.File?.Dispose();
            _dropped.Add(candidate.Path);
            if (next is not null || _successorPromised || !candidate.IsUnfinished)
                DropEverythingSoFar(candidate.Path, "unreadable, or neither header nor trailer is intact");
            return;
        }
        var segment = new Segment(candidate.Sequence, candidate.Path, candidate.File, _salt);
        if (candidate.Header is { } header)
            _position = header.Position;
        try
        {
            if (!TryReplayFooter(segment, candidate) && !TryReplayRecords(segment, candidate, next))
            {
                _dropped.Add(segment.Path);
                segment.Dispose();
                return;
            }
        }
        catch (IOException fault)
        {
            _dropped.Add(segment.Path);
            segment.Dispose();
            DropEverythingSoFar(segment.Path, fault.Message);
            return;
        }
        segment.Position = _position;
        segment.Reserved = Math.Max(segment.File.Length, segment.Written + SegmentFormat.FooterLength(segment.Entries!.Count));
        if (_kept.Count > 0 && _kept[^1].IsSealed)
            _kept[^1].Entries = null;
        _kept.Add(segment);
        _successorPromised = candidate.Trailer?.HasSuccessor == 1;
    }

    private bool TryReplayFooter(Segment segment, SegmentCandidate candidate)
    {
        if (candidate.Trailer is not { } trailer || Segment.ReadFooter(segment.File, trailer) is not { } entries)
            return false;
        Apply(segment, entries);
        segment.Written = trailer.DataEnd;
        segment.IsSealed = true;
        _position = trailer.Position;
        return true;
    }

    private bool TryReplayRecords(Segment segment, SegmentCandidate candidate, SegmentCandidate? next)
    {
        long? end = next is { Header: { } header } && next.Sequence == segment.Sequence + 1 ? header.PreviousEnd : candidate.Trailer?.DataEnd;
        SegmentScan scan = SegmentScan.Run(segment, end ?? long.MaxValue);
        if (candidate.Trailer is { } trailer)
            _position = trailer.Position;
        else if (scan.Position is { } position)
            _position = position;
        // Where another segment follows and neither side says where this one ended, nobody can tell that its last records are there.
        if (scan.End < end || (end is null && next is { IsUnfinished: false }))
        {
            DropEverythingSoFar(segment.Path, "its last records are missing, or nothing says that they are not");
            return false;
        }
        if (scan.HasGap)
            DropEverythingSoFar(segment.Path, "some records cannot be told");
        else if (scan.Damaged > 0)
            Report(segment.Path, "some values are damaged");
        Apply(segment, scan.Entries);
        segment.Written = scan.End;
        return true;
    }

    private void Apply(Segment segment, List<FooterEntry> entries)
    {
        segment.Entries = entries;
        foreach (FooterEntry entry in entries)
        {
            switch (entry.Kind)
            {
                case RecordKind.Value or RecordKind.KeptValue:
                    // Ended ones too: an extension may follow, and an older record of the key must not stay.
                    index.Set(new IndexSlot(entry.Hash, entry.End, segment.Sequence, entry.Place, entry.Length), out _);
                    break;
                case RecordKind.Removal:
                    index.Remove(entry.Hash);
                    break;
                case RecordKind.Extension:
                    index.SetEnd(entry.Hash, entry.End);
                    break;
                case RecordKind.Clear:
                    index.Clear();
                    break;
            }
        }
    }

    private void DropEverythingSoFar(string path, string reason)
    {
        Report(path, reason);
        index.Clear();
        foreach (Segment segment in _kept)
        {
            _dropped.Add(segment.Path);
            segment.Dispose();
        }
        _kept.Clear();
        _successorPromised = false;
    }

    private void Report(string path, string reason)
    {
        _damaged++;
        DiskTierLog.Damaged(logger, path, reason);
    }

    private void DropWhatExceedsTheLimit()
    {
        long total = _kept.Sum(segment => segment.Reserved);
        while (total > options.SizeLimit)
        {
            Segment oldest = _kept[0];
            total -= oldest.Reserved;
            index.RemoveSegment(oldest.Sequence);
            _kept.RemoveAt(0);
            _dropped.Add(oldest.Path);
            oldest.Dispose();
        }
    }

    private void DeleteDropped()
    {
        foreach (string path in _dropped.Order(StringComparer.Ordinal))
        {
            try
            {
                files.Delete(path);
                DiskTierLog.Dropped(logger, path);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                DiskTierLog.CannotDelete(logger, fault, path);
            }
        }
    }
}
