namespace HybridTiered.Redis.Tiers;

/// <summary>
/// The Lua scripts of the tier. Each touches one key, so they run in a cluster, unless it says otherwise. What decides anything by the time takes it from the server, so no clock of an
/// instance matters.
/// They need Redis 5 or later (scripts that write after asking for the time).
/// </summary>
/// <remarks>
/// Numbers in Lua are doubles: exact for versions (microseconds since 1970 stay below 2^53 until the year 2255), and within a hundred nanosecond-ticks
/// for absolute expirations in Microsoft's unit.
/// </remarks>
internal static class RedisTierScripts
{
    /// <summary>Reads a field that has to be a whole number from 1 to some limit; anything else, whoever wrote it, is nil and thus as good as missing.</summary>
    private const string WholeNumber = """
        local function whole(text, greatest)
          local number = tonumber(text or '')
          return number and number >= 1 and number <= greatest and number == math.floor(number) and number or nil
        end

        """;

    /// <summary>The server's time in microseconds. Put together as text, because to write a number as large takes the server longer than to look one up.</summary>
    private const string Time = """
        local now = redis.call('TIME')
        local time = now[1] .. string.sub('00000' .. now[2], -6)

        """;

    /// <summary>Says what the next version is: the time, but it only grows while the key is remembered.</summary>
    private const string NextVersion = WholeNumber + Time + """
        local ver = time
        local old = whole(redis.call('HGET', KEYS[1], 'ver'), 9e15) or 0
        if old >= tonumber(time) then ver = string.format('%.0f', old + 1) end

        """;

    /// <summary>
    /// The same where the second argument is the version that is expected, 0 for none; returns 0 if it is another. What follows the expected version is known beforehand, so the time is
    /// asked for only where there is none. The text that is nearly always stored need not be read as a number: it is the very one that is expected.
    /// </summary>
    private const string NextVersionIfUnchanged = """
        local ver = ARGV[3]
        local stored = redis.call('HGET', KEYS[1], 'ver')
        if stored ~= ARGV[2] or ver == '0' then

        """ + WholeNumber + """
          local old = string.format('%.0f', whole(stored, 9e15) or 0)
          if old ~= ARGV[2] then
            if KEYS[2] then redis.call('UNLINK', KEYS[2]) end
            return 0
          end
          if old == '0' then

        """ + Time + """
            ver = time
          end
        end

        """;

    /// <summary>
    /// Says in ticks when the entry ends: by the writer's clock, as RedisCache does. A sliding entry is measured by its end at every touch, so there the server's clock decides. In two
    /// parts, as neither takes the server as long to write as the whole.
    /// </summary>
    private const string AbsoluteEnd = """
        local absexp = ARGV[5]
        if ARGV[6] and absexp ~= '-1' then
          local now = redis.call('TIME')
          local ticks = 621355968000000000 + now[1] * 10000000 + now[2] * 10 + ARGV[7] * 10000
          absexp = string.format('%d%09d', math.floor(ticks / 1e9), ticks % 1e9)
        end

        """;

    private const string TimeToLive = """

        if ARGV[4] == '-1' then
          redis.call('PERSIST', KEYS[1])
        else
          redis.call('PEXPIRE', KEYS[1], ARGV[4])
        end
        return ver
        """;

    /// <summary>
    /// ARGV: data, the expected version or 0 for none, the one after it (both only if the script asks for one), milliseconds to live or -1, when the entry ends in ticks or -1; and where
    /// there is a sliding window, the window in ticks and milliseconds until the end.
    /// </summary>
    private const string Store = AbsoluteEnd + """
        redis.call('HSET', KEYS[1], 'absexp', absexp, 'sldexp', ARGV[6] or '-1', 'data', ARGV[1], 'ver', ver)
        """ + TimeToLive;

    /// <summary>ARGV as <see cref="Store"/>, but the data is in the entry already.</summary>
    private const string Complete = AbsoluteEnd + """
        redis.call('HSET', KEYS[1], 'absexp', absexp, 'sldexp', ARGV[6] or '-1', 'ver', ver)
        """ + TimeToLive;

    /// <summary>ARGV as <see cref="Store"/>, but the data lies in a hash under the second key, which becomes the entry.</summary>
    private const string Move = AbsoluteEnd + """
        redis.call('HSET', KEYS[2], 'absexp', absexp, 'sldexp', ARGV[6] or '-1', 'ver', ver)
        redis.call('RENAME', KEYS[2], KEYS[1])
        """ + TimeToLive;

    private const string RemoveText = NextVersion + """
        redis.call('UNLINK', KEYS[1])
        redis.call('HSET', KEYS[1], 'ver', ver)
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        return ver
        """;

    /// <summary>ARGV as <see cref="Store"/>. Returns the new version.</summary>
    public static readonly RedisScript Write = new(NextVersion + Store);

    /// <summary>ARGV as <see cref="Store"/>. Returns the new version, or 0 when refused.</summary>
    public static readonly RedisScript WriteIfUnchanged = new(NextVersionIfUnchanged + Store);

    /// <summary>ARGV as <see cref="Complete"/>. Returns the new version.</summary>
    public static readonly RedisScript WriteAround = new(NextVersion + Complete);

    /// <summary>ARGV as <see cref="Move"/>. Returns the new version, or 0 when refused.</summary>
    public static readonly RedisScript WriteMovedIfUnchanged = new(NextVersionIfUnchanged + Move);

    /// <summary>ARGV as <see cref="Store"/>; data is a time of eight little-endian bytes. Returns the new version, or 0 when a time as late is there already.</summary>
    public static readonly RedisScript RaiseTagTime = new(NextVersion + """
        local stored = redis.call('HGET', KEYS[1], 'data')
        if stored and #stored == 8 then
          local i = 8
          while i > 0 and stored:byte(i) == ARGV[1]:byte(i) do i = i - 1 end
          if i == 0 or stored:byte(i) > ARGV[1]:byte(i) then return 0 end
        end

        """ + Store);

    /// <summary>
    /// ARGV: milliseconds to remember a version without an entry. Returns the version, as a number; what has none gets the time, which is returned as text, and what is
    /// remembered without an entry is remembered anew.
    /// </summary>
    public static readonly RedisScript Mark = new(WholeNumber + """
        local found = redis.call('HMGET', KEYS[1], 'ver', 'absexp')
        local ver = whole(found[1], 9e15)
        if not ver then

        """ + Time + """
          ver = time
          redis.call('HSET', KEYS[1], 'ver', ver)
        end
        if not found[2] then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
        return ver
        """);

    /// <summary>ARGV: milliseconds to remember the version. Returns the new version.</summary>
    public static readonly RedisScript Remove = new(RemoveText);

    /// <summary>
    /// As <see cref="Remove"/>, but returns 0 and leaves alone what is no entry of a cache (other types, other hashes, versions of removed keys), and entries with
    /// a version after the second argument. One ahead of the server's time is from a server whose clock was, and says nothing; such an entry goes, which costs a miss at most.
    /// </summary>
    public static readonly RedisScript RemoveEntry = new("""
        if redis.call('TYPE', KEYS[1]).ok ~= 'hash' or redis.call('HEXISTS', KEYS[1], 'data') == 0 then return 0 end
        local written = tonumber(redis.call('HGET', KEYS[1], 'ver') or '0') or 0
        if written > tonumber(ARGV[2]) then

        """ + Time + """
          if written <= tonumber(time) then return 0 end
        end

        """ + RemoveText);

    /// <summary>
    /// ARGV: how many bytes to return at most. Returns the data of each key, nil where there is none, and -1 where it would be too much, so that neither the server nor its
    /// other clients wait for a large answer being put together.
    /// </summary>
    public static readonly RedisScript ReadMany = new("""
        local call, left, found = redis.call, tonumber(ARGV[1]), {}
        for i = 1, #KEYS do
          local data = left > 0 and call('HGET', KEYS[i], 'data')
          if data then left = left - #data end
          found[i] = left > 0 and data or left <= 0 and -1
        end
        return found
        """);

    /// <summary>
    /// ARGV: 1 to return the data, 0 not to. Extends a sliding entry, never past its absolute end.
    /// Returns nothing when there is no entry, else data, milliseconds until the absolute end or -1, sliding window in ticks or -1.
    /// </summary>
    public static readonly RedisScript Touch = new(WholeNumber + """
        local entry = redis.call('HMGET', KEYS[1], 'absexp', 'sldexp', ARGV[1] == '1' and 'data' or 'sldexp')
        if not entry[3] then return false end
        local window = whole(entry[2], 9e18)
        if not window then
          return {entry[3], redis.call('PTTL', KEYS[1]), -1}
        end
        local left = -1
        local live = math.max(1, math.floor(window / 10000))
        local absexp = whole(entry[1], 3155378975999999999)
        if absexp then
          local now = redis.call('TIME')
          left = math.floor((absexp - 621355968000000000) / 10000 - now[1] * 1000 - now[2] / 1000)
          if left <= 0 then
            redis.call('UNLINK', KEYS[1])
            return false
          end
          live = math.min(live, left)
        end
        redis.call('PEXPIRE', KEYS[1], string.format('%.0f', live))
        return {entry[3], left, string.format('%.0f', window)}
        """);
}
