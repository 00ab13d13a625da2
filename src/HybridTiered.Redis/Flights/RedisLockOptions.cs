namespace HybridTiered.Redis.Flights;

/// <summary>How a <see cref="RedisLock"/> names what it keeps in Redis.</summary>
public sealed class RedisLockOptions
{
    /// <summary>What every lock's key and the channel begin with; the same on every instance of one cache. Default: nothing.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>What follows <see cref="Prefix"/> in a lock's key, before the key that it locks. Default <c>__HT_LOCK__</c>.</summary>
    public string KeyMark { get; set; } = "__HT_LOCK__";

    /// <summary>The Pub/Sub channel, behind <see cref="Prefix"/>, on which released keys are named. Default <c>cache:released</c>.</summary>
    public string Channel { get; set; } = "cache:released";

    /// <summary>Looks for values that cannot work.</summary>
    /// <returns>One sentence for each; none if all is well.</returns>
    public IEnumerable<string> Validate()
    {
        if (Prefix is null)
            yield return "Prefix is null; it must be a text, possibly empty.";
        if (string.IsNullOrEmpty(KeyMark))
            yield return "KeyMark is empty; a lock would then have the key of the entry that it locks.";
        if (string.IsNullOrEmpty(Channel))
            yield return "Channel is empty; it must be the name of a Pub/Sub channel.";
    }
}
