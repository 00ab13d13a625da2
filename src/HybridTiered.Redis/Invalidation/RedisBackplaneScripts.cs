namespace HybridTiered.Redis.Invalidation;

/// <summary>The Lua scripts of the backplane. The stream is the only key they touch, so they run in a cluster.</summary>
internal static class RedisBackplaneScripts
{
    /// <summary>
    /// Appends to the journal and publishes in one step, so that what is published carries its place and that of the entry before it.
    /// ARGV: channel, journal length, message for the journal, message for the channel, then the readable fields of the journal entry. Returns the id.
    /// </summary>
    public const string Publish = $"""
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', '{JournalEntry.MessageField}', ARGV[3], unpack(ARGV, 5))
        redis.call('PUBLISH', ARGV[1], '{BackplaneFrame.MessageMark}' .. id .. ' ' .. (last and last[1] or '0-0') .. ' ' .. ARGV[4])
        return id
        """;

    /// <summary>Publishes without the journal, but from the server that holds it. ARGV: channel, frame.</summary>
    public const string PublishProbe = "return redis.call('PUBLISH', ARGV[1], ARGV[2])";

    /// <summary>
    /// ARGV: an id, how many entries to read. Returns the id given last, the highest id deleted, how many entries were ever added (-1 if the server does not
    /// know), how many there are, the oldest id, and the entries from the id on, that one included. Returns nothing when there is no stream.
    /// </summary>
    public const string Read = """
        if redis.call('EXISTS', KEYS[1]) == 0 then return false end
        local reply = redis.call('XINFO', 'STREAM', KEYS[1])
        local info = {}
        for i = 1, #reply, 2 do info[reply[i]] = reply[i + 1] end
        return {
          info['last-generated-id'],
          info['max-deleted-entry-id'] or '0-0',
          info['entries-added'] or -1,
          info['length'],
          info['first-entry'] and info['first-entry'][1] or '0-0',
          redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
        }
        """;

    /// <summary>Returns seconds and microseconds; names the stream so that a cluster asks one and the same server for the time.</summary>
    public const string Time = "return redis.call('TIME')";
}
