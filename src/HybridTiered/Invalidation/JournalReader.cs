using HybridTiered.Diagnostics;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Invalidation;

/// <summary>
/// How far in the journal an instance is. The position is an id up to which everything was applied. A message that says it follows there moves it on. Others that
/// arrive beyond it are remembered by id until the journal has been read up to them, so that each is applied once. For one caller at a time.
/// </summary>
/// <param name="journal">The journal.</param>
/// <param name="apply">Applies an entry, unless it is this instance's own.</param>
/// <param name="counters">Where gaps and entries that could not be understood are counted.</param>
/// <param name="logger">Where gaps are logged.</param>
internal sealed class JournalReader(IJournal journal, Func<InvalidationMessage, ValueTask> apply, CacheCounters counters, ILogger logger)
{
    /// <summary>A pattern matters for as long as a computation that started before it may still write.</summary>
    public static readonly TimeSpan PatternMemory = TimeSpan.FromSeconds(60);

    private const int PageSize = 1_000;

    // Where messages do not say what they follow: well before a journal of the usual 10,000 entries forgets the first of them.
    private const int MostAhead = 4_000;

    private readonly HashSet<JournalId> _appliedAhead = [];
    private readonly Lock _positionLock = new();
    private JournalId _position;
    private JournalId? _writtenPosition;
    private bool _positioned;
    private bool _missed;

    /// <summary>The id up to which everything was applied. Thread-safe, unlike the rest.</summary>
    public JournalId Position
    {
        get
        {
            // Two words, which whoever only looks must not see half of.
            lock (_positionLock)
                return _position;
        }

        private set
        {
            lock (_positionLock)
                _position = value;
        }
    }

    /// <summary>
    /// Whether the journal should be read now: a message was missed, or so many have arrived since it was last read that it might soon no longer reach back to there.
    /// </summary>
    public bool IsBehind => _missed || _appliedAhead.Count >= MostAhead;

    /// <summary>Whether a message that was received has not been applied before. It has to be now.</summary>
    public bool IsNew(in ReceivedInvalidation received)
    {
        if (received.Id.IsNone)
            return true;
        if (received.Id <= _position)
            return false;
        if (_positioned && received.Previous is { } previous)
        {
            // Not while any is ahead, for this may be one of them. And not from none: the first of a journal follows nothing, but so does the first after it was emptied.
            if (previous == _position && !previous.IsNone && _appliedAhead.Count == 0)
            {
                Position = received.Id;
                return true;
            }
            _missed |= previous.IsNone || (previous != _position && !_appliedAhead.Contains(previous));
        }
        return _appliedAhead.Add(received.Id);
    }

    /// <summary>Applies everything up to the journal's end, and only then lets machine tiers be read.</summary>
    public async ValueTask CatchUpAsync(IInvalidationTarget target, CancellationToken cancellationToken)
    {
        if (!_positioned)
            await TakePositionAsync(target, cancellationToken).ConfigureAwait(false);
        for (bool more = true; more && !cancellationToken.IsCancellationRequested;)
            more = await ReadPageAsync(target, cancellationToken).ConfigureAwait(false);
        // Whatever arrived before was written there before. If it is not, the server has lost the end of its journal, and with it maybe what did not arrive.
        if (_appliedAhead.Count > 0 && !cancellationToken.IsCancellationRequested)
            await SkipGapAsync(target, wentBack: true, cancellationToken).ConfigureAwait(false);
        _missed = false;
        if (_position == _writtenPosition)
            return;
        await target.WritePositionAsync(_position).ConfigureAwait(false);
        _writtenPosition = _position;
    }

    /// <summary>
    /// The first position: where the machine tiers left off. Without any, L1 alone is concerned: it may have been filled before the subscription was
    /// live, so it is cleared and the journal followed from its end. Patterns are read back in either case, because shared tiers may still hold
    /// what they killed.
    /// </summary>
    private async ValueTask TakePositionAsync(IInvalidationTarget target, CancellationToken cancellationToken)
    {
        JournalId left = await target.ReadPositionAsync().ConfigureAwait(false);
        JournalId last = await journal.ReadLastIdAsync(cancellationToken).ConfigureAwait(false);
        await ReadPatternsBackAsync(target, last, cancellationToken).ConfigureAwait(false);
        if (left.IsNone || !target.FollowsJournal)
        {
            // An empty journal means that L1 cannot have missed anything, and computations under way need not be given up.
            if (target.FollowsJournal || !last.IsNone)
                await target.ClearAsync().ConfigureAwait(false);
            left = last;
        }
        Position = left;
        // Those were applied, and nothing will read them any more: they are no sign that the journal has lost its end.
        _appliedAhead.RemoveWhere(id => id <= left);
        _positioned = true;
    }

    private async ValueTask ReadPatternsBackAsync(IInvalidationTarget target, JournalId last, CancellationToken cancellationToken)
    {
        if (last.IsNone)
            return;
        var after = new JournalId(Math.Max(0, last.Time - (long)PatternMemory.TotalMilliseconds), 0);
        for (bool more = true; more;)
        {
            JournalPage page = await journal.ReadAfterAsync(after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (ReceivedInvalidation entry in page.Entries)
            {
                if (entry.Message.Kind == InvalidationKind.Pattern)
                    await target.ApplyAsync(entry.Message).ConfigureAwait(false);
            }
            (after, more) = (page.Last, page.HasMore);
        }
    }

    private async ValueTask<bool> ReadPageAsync(IInvalidationTarget target, CancellationToken cancellationToken)
    {
        JournalPage page = await journal.ReadAfterAsync(_position, PageSize, cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref counters.Malformed, page.Malformed);
        if (!page.ReachesBack)
        {
            await SkipGapAsync(target, page.WentBack, cancellationToken).ConfigureAwait(false);
            return false;
        }
        foreach (ReceivedInvalidation entry in page.Entries)
        {
            if (!_appliedAhead.Remove(entry.Id))
                await apply(entry.Message).ConfigureAwait(false);
        }
        Position = page.Last;
        return page.HasMore;
    }

    private async ValueTask SkipGapAsync(IInvalidationTarget target, bool wentBack, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref counters.JournalGaps);
        logger.JournalGap();
        // The id first: what is invalidated between the two steps comes after it, and is applied once more.
        JournalId last = await journal.ReadLastIdAsync(cancellationToken).ConfigureAwait(false);
        // An empty journal is that of a server which has lost everything, so that nothing invalidated can be left there.
        if (wentBack && !last.IsNone)
            target.SharedTiersWentBack();
        await target.ClearAsync().ConfigureAwait(false);
        _appliedAhead.Clear();
        Position = last;
    }
}
