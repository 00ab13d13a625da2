using System.Collections.Concurrent;
using HybridTiered.Entries;

namespace HybridTiered.Tags;

/// <summary>
/// The times at which tags, patterns and everything were last invalidated, and the epoch that moves whenever one of them does.
/// An entry created at or before such a time is dead. A hit whose entry was found valid in the current epoch need not look at any of them.
/// </summary>
/// <remarks>
/// Ordering: a time is published before the epoch moves, and a reader takes the epoch before it looks at the times. A reader that missed
/// a new time has therefore also an old epoch, and looks again at its next hit.
/// </remarks>
internal sealed class TagRegistry
{
    /// <summary>The tag that stands for everything.</summary>
    public const string Wildcard = "*";

    /// <summary>Beyond this many remembered patterns the oldest become an invalidation of everything older.</summary>
    internal const int MaximumPatterns = 1024;

    private const int SweepEvery = 4096;

    private readonly ConcurrentDictionary<string, WeakReference<TagCell>> _cells = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TagCell> _raised = new(StringComparer.Ordinal);
    private readonly TagCell _everything = new(Wildcard);
    private readonly Lock _writes = new();
    private PatternTime[] _patterns = [];
    private long _epoch;
    private int _addedSinceSweep;

    /// <summary>Moves with every invalidation by tag, pattern or wildcard.</summary>
    public long Epoch => Volatile.Read(ref _epoch);

    /// <summary>Has every hit look whether its entry may be served.</summary>
    public void MoveEpoch() => Interlocked.Increment(ref _epoch);

    /// <summary>The cell of the wildcard.</summary>
    public TagCell Everything => _everything;

    /// <summary>The patterns that are remembered.</summary>
    public IReadOnlyList<PatternTime> Patterns => Volatile.Read(ref _patterns);

    /// <summary>How many tags are known.</summary>
    public int TagCount => _cells.Count;

    /// <summary>The one cell of a tag; it lives as long as somebody holds it, or as its invalidation is remembered.</summary>
    public TagCell Cell(string tag)
    {
        while (true)
        {
            if (_cells.TryGetValue(tag, out WeakReference<TagCell>? held))
            {
                if (held.TryGetTarget(out TagCell? cell))
                    return cell;
                _cells.TryRemove(new KeyValuePair<string, WeakReference<TagCell>>(tag, held));
            }
            var added = new TagCell(tag);
            if (_cells.TryAdd(tag, new WeakReference<TagCell>(added)))
            {
                if (Interlocked.Increment(ref _addedSinceSweep) >= SweepEvery)
                    SweepDeadCells();
                return added;
            }
        }
    }

    /// <summary>The cells of several tags, or <see langword="null"/> for none.</summary>
    public TagCell[]? Cells(string[] tags)
    {
        if (tags.Length == 0)
            return null;
        var cells = new TagCell[tags.Length];
        for (int i = 0; i < tags.Length; i++)
            cells[i] = Cell(tags[i]);
        return cells;
    }

    /// <summary>Invalidates a tag, or everything, as of a time. An earlier time than the known one changes nothing.</summary>
    public void Invalidate(string tag, long utcTicks)
    {
        TagCell cell = tag == Wildcard ? _everything : Cell(tag);
        // Under the lock, so that whoever finds the time raised already also finds the epoch moved.
        lock (_writes)
        {
            if (!cell.Raise(utcTicks))
                return;
            if (cell != _everything)
                _raised[tag] = cell;
            Interlocked.Increment(ref _epoch);
        }
    }

    /// <summary>Invalidates every key that matches, as of a time.</summary>
    public void Invalidate(GlobPattern pattern, long utcTicks)
    {
        lock (_writes)
        {
            PatternTime[] known = _patterns;
            int same = Array.FindIndex(known, p => p.Pattern.Text == pattern.Text);
            if (same >= 0 && known[same].InvalidatedAt >= utcTicks)
                return;
            var next = new List<PatternTime>(known.Length + 1);
            next.AddRange(known.Where((_, i) => i != same));
            next.Add(new PatternTime(pattern, utcTicks));
            if (next.Count > MaximumPatterns)
            {
                PatternTime oldest = next.MinBy(p => p.InvalidatedAt)!;
                next.Remove(oldest);
                _everything.Raise(oldest.InvalidatedAt);
            }
            Volatile.Write(ref _patterns, [.. next]);
            Interlocked.Increment(ref _epoch);
        }
    }

    /// <summary>
    /// Forgets the patterns, and lets go of the cells of tags, that were invalidated before a time: nothing created before it can turn up any more,
    /// or it is known from elsewhere.
    /// </summary>
    public void Forget(long patternsBefore, long tagsBefore)
    {
        lock (_writes)
        {
            if (_patterns.Any(p => p.InvalidatedAt < patternsBefore))
                Volatile.Write(ref _patterns, [.. _patterns.Where(p => p.InvalidatedAt >= patternsBefore)]);
            foreach ((string tag, TagCell cell) in _raised)
            {
                if (cell.InvalidatedAt < tagsBefore)
                    _raised.TryRemove(new KeyValuePair<string, TagCell>(tag, cell));
            }
        }
    }

    /// <summary>Moves every known time: the clock they were taken from turned out to be off by that much.</summary>
    public void Shift(long ticks)
    {
        lock (_writes)
        {
            _everything.Shift(ticks);
            foreach (TagCell cell in _raised.Values)
                cell.Shift(ticks);
            Volatile.Write(ref _patterns, [.. _patterns.Select(p => p with { InvalidatedAt = p.InvalidatedAt + ticks })]);
        }
        Interlocked.Increment(ref _epoch);
    }

    /// <summary>Moves times that lie after now back to now: they were read from a clock that ran ahead, and would kill what is yet to be made.</summary>
    public void Cap(long now)
    {
        lock (_writes)
        {
            _everything.Cap(now);
            foreach (TagCell cell in _raised.Values)
                cell.Cap(now);
            Volatile.Write(ref _patterns, [.. _patterns.Select(p => p.InvalidatedAt > now ? p with { InvalidatedAt = now } : p)]);
            Interlocked.Increment(ref _epoch);
        }
    }

    /// <summary>Whether an entry is dead by the times known now.</summary>
    public bool IsDead(ReadOnlySpan<char> key, long created, ReadOnlySpan<TagCell> tags)
    {
        if (created <= _everything.InvalidatedAt)
            return true;
        foreach (TagCell cell in tags)
        {
            if (created <= cell.InvalidatedAt)
                return true;
        }
        foreach (PatternTime pattern in Volatile.Read(ref _patterns))
        {
            if (created <= pattern.InvalidatedAt && pattern.Pattern.Matches(key))
                return true;
        }
        return false;
    }

    private void SweepDeadCells()
    {
        Volatile.Write(ref _addedSinceSweep, 0);
        foreach (KeyValuePair<string, WeakReference<TagCell>> held in _cells)
        {
            if (!held.Value.TryGetTarget(out _))
                _cells.TryRemove(held);
        }
    }
}
