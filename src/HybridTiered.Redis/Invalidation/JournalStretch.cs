using HybridTiered.Invalidation;
using StackExchange.Redis;

namespace HybridTiered.Redis.Invalidation;

/// <summary>What the server says about the journal and its entries from one id on, that one included.</summary>
/// <param name="LastGenerated">The id given last, whether or not its entry still exists.</param>
/// <param name="HighestDeleted">The highest id that was deleted other than by trimming.</param>
/// <param name="Added">How many entries were ever added; -1 from Redis 6, which does not count them.</param>
/// <param name="Length">How many there are.</param>
/// <param name="Oldest">The oldest id that is there; none in an empty journal.</param>
/// <param name="Entries">Id and message, oldest first; no message where it could not be understood.</param>
internal readonly record struct JournalStretch(
    JournalId LastGenerated, JournalId HighestDeleted, long Added, long Length, JournalId Oldest,
    IReadOnlyList<(JournalId Id, InvalidationMessage? Message)> Entries)
{
    /// <summary>Reads the answer to <see cref="RedisBackplaneScripts.Read"/>.</summary>
    public static JournalStretch From(RedisResult answer)
    {
        if (answer.IsNull)
            return new JournalStretch(JournalId.None, JournalId.None, 0, 0, JournalId.None, []);
        var entries = new (JournalId, InvalidationMessage?)[answer[5].Length];
        for (int i = 0; i < entries.Length; i++)
        {
            JournalEntry.Read(answer[5][i], out JournalId id, out InvalidationMessage? message);
            entries[i] = (id, message);
        }
        return new JournalStretch(JournalEntry.ReadId(answer[0]), JournalEntry.ReadId(answer[1]), (long)answer[2], (long)answer[3], JournalEntry.ReadId(answer[4]), entries);
    }

    /// <summary>The page for a reader who has applied everything up to <paramref name="after"/>.</summary>
    public JournalPage PageAfter(JournalId after, int maximum, int journalLength)
    {
        var understood = new List<ReceivedInvalidation>();
        JournalId last = after > LastGenerated ? LastGenerated : after;
        int read = 0;
        int malformed = 0;
        foreach ((JournalId id, InvalidationMessage? message) in Entries)
        {
            if (id <= after)
                continue;
            if (read++ == maximum)
                break;
            last = id;
            if (message is null)
                malformed++;
            else
                understood.Add(new ReceivedInvalidation(id, message));
        }
        return new JournalPage(understood, last, ReachesBackTo(after, journalLength), HasMore: read > maximum, malformed, WentBackBefore(after));
    }

    // Trimming takes the oldest first: an entry that is gone while older ones are there was never trimmed. Nor was one deleted, unless the server says so.
    private bool WentBackBefore(JournalId after)
    {
        if (after.IsNone || LastGenerated.IsNone || after == LastGenerated)
            return false;
        return after > LastGenerated || (Oldest < after && HighestDeleted < after && !Entries.Any(entry => entry.Id == after));
    }

    // A reader is up to date where the journal ends, and has missed nothing if the entry it applied last is still there, as trimming takes the oldest first.
    // That also tells a journal that was lost and begun anew, or restored from a copy, from the one that the reader knows.
    private bool ReachesBackTo(JournalId after, int journalLength)
    {
        if (after == LastGenerated)
            return true;
        if (after.IsNone)
            return Added >= 0 ? Added == Length : Length < journalLength;
        return after < LastGenerated && HighestDeleted <= after && Entries.Count > 0 && Entries[0].Id == after;
    }
}
