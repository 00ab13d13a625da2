using System.Diagnostics;

namespace HybridTiered.Load.Coherence;

/// <summary>
/// Checks every read of one instance against what was known when it began. Instead of a log of all operations it keeps, per key, the newest version that each rule
/// forbids to fall below: what was known when a read began is the least that it may show, so nothing has to be remembered once a read has ended.
/// </summary>
/// <param name="board">The source, and when invalidations were complete.</param>
/// <param name="worker">The number of the instance.</param>
/// <param name="bound">Of rule b.</param>
internal sealed class CoherenceChecker(SharedBoard board, int worker, TimeSpan bound)
{
    private readonly long[] _invalidated = new long[board.Keys];
    private readonly long[] _seen = new long[board.Keys];
    private readonly long[] _seenEarly = new long[board.Keys];
    private long _connectedSince = Stopwatch.GetTimestamp();

    /// <summary>What is known when a read begins.</summary>
    /// <param name="Complete">The newest version whose invalidation was complete, anywhere.</param>
    /// <param name="Invalidated">The newest version whose invalidation on this instance has returned.</param>
    /// <param name="Seen">The newest version seen by a read that began when its invalidation was complete.</param>
    /// <param name="SeenEarly">The newest version seen at all.</param>
    /// <param name="Began">When the read began.</param>
    public readonly record struct ReadStart(long Complete, long Invalidated, long Seen, long SeenEarly, long Began);

    /// <summary>The instance is connected, or not. While it is not, and until the bound after it is again, rule b has nothing to say about it.</summary>
    public void NoteConnected(bool connected)
    {
        long since = Volatile.Read(ref _connectedSince);
        if (!connected)
            Volatile.Write(ref _connectedSince, long.MaxValue);
        else if (since == long.MaxValue)
            Volatile.Write(ref _connectedSince, Stopwatch.GetTimestamp());
    }

    /// <summary>An invalidation that was made on this instance has returned, or thrown.</summary>
    public void NoteInvalidated(int key, long version) => Raise(ref _invalidated[key], version);

    public ReadStart Begin(int key) => new(
        board.Complete(key), Volatile.Read(ref _invalidated[key]), Volatile.Read(ref _seen[key]), Volatile.Read(ref _seenEarly[key]), Stopwatch.GetTimestamp());

    /// <summary>A read has ended.</summary>
    /// <param name="key">What it read.</param>
    /// <param name="start">What was known when it began.</param>
    /// <param name="value">What it showed.</param>
    /// <param name="tally">Where it counts.</param>
    public void End(int key, in ReadStart start, long value, CoherenceTally tally)
    {
        tally.Reads++;
        long version = CoherenceKeys.VersionOf(value);
        if (CoherenceKeys.KeyOf(value) != key || version > board.Read(key))
        {
            tally.WrongValues++;
            tally.AddExample($"key {key}: the value {value:X} is none of its own");
            return;
        }
        if (version < Math.Max(start.Complete, Math.Max(start.Invalidated, start.Seen)) && HasGoneBack(start.Began))
        {
            tally.Undone++;
            return;
        }
        if (version < start.Invalidated)
        {
            tally.RuleA++;
            tally.AddExample($"rule a: instance {worker} shows version {version} of key {key} after its own invalidation of {start.Invalidated} has returned");
        }
        if (version < start.Seen)
        {
            tally.RuleD++;
            tally.AddExample($"rule d: instance {worker} shows version {version} of key {key} after it has shown {start.Seen}");
        }
        else if (version < start.SeenEarly)
        {
            tally.WentBackEarly++;
        }
        if (version < start.Complete)
            CheckOutOfDate(key, start, version, tally);
        if (version > start.SeenEarly)
            Raise(ref _seenEarly[key], version);
        if (version > start.Seen && version <= start.Complete)
            Raise(ref _seen[key], version);
    }

    private static void Raise(ref long known, long version)
    {
        for (long last = Volatile.Read(ref known); last < version;)
        {
            long seen = Interlocked.CompareExchange(ref known, version, last);
            if (seen == last)
                return;
            last = seen;
        }
    }

    // What Redis has forgotten it can only be told again.
    private bool HasGoneBack(long began)
    {
        long until = board.WentBackUntil;
        return until != 0 && (until >= began || Stopwatch.GetElapsedTime(until, began) <= bound);
    }

    private void CheckOutOfDate(int key, in ReadStart start, long version, CoherenceTally tally)
    {
        tally.OutOfDateReads++;
        long reachable = Math.Max(Volatile.Read(ref _connectedSince), board.HeldUntil(worker));
        long since = Math.Max(board.OutOfDateSince(key, version), reachable);
        if (since >= start.Began)
            return;
        TimeSpan outOfDate = Stopwatch.GetElapsedTime(since, start.Began);
        if (outOfDate > tally.WorstOutOfDate)
            tally.WorstOutOfDate = outOfDate;
        if (outOfDate <= bound)
            return;
        tally.RuleB++;
        tally.AddExample($"rule b: instance {worker} shows version {version} of key {key}, which was out of date for {outOfDate.TotalMilliseconds:N1} ms");
    }
}
