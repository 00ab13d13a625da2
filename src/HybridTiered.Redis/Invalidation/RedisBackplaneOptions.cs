namespace HybridTiered.Redis.Invalidation;

/// <summary>How a <see cref="RedisBackplane"/> names and bounds what it sends and keeps.</summary>
public sealed class RedisBackplaneOptions
{
    /// <summary>What channel and journal begin with, so that several caches can share a server; the same on every instance of one cache. Default: nothing.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>The Pub/Sub channel, behind <see cref="Prefix"/>. Default <c>cache:invalidate</c>.</summary>
    public string Channel { get; set; } = "cache:invalidate";

    /// <summary>The stream that is the journal, behind <see cref="Prefix"/>. Default <c>cache:invalidations</c>.</summary>
    public string Stream { get; set; } = "cache:invalidations";

    /// <summary>About how many invalidations the journal keeps. Default 10,000. Instances read from it what they have not heard; one that has missed more than it keeps drops its L1.</summary>
    public int JournalLength { get; set; } = 10_000;

    /// <summary>The largest update, in bytes of its message, that carries the new value; a larger one tells the receivers to drop theirs. Default 64 KiB.</summary>
    public int MaximumMessageBytes { get; set; } = 64 * 1024;

    /// <summary>Looks for values that cannot work.</summary>
    /// <returns>One sentence for each; none if all is well.</returns>
    public IEnumerable<string> Validate()
    {
        if (Prefix is null)
            yield return "Prefix is null; it must be a text, possibly empty.";
        if (string.IsNullOrEmpty(Channel))
            yield return "Channel is empty; it must be the name of a Pub/Sub channel.";
        if (string.IsNullOrEmpty(Stream))
            yield return "Stream is empty; it must be the name of a stream.";
        if (JournalLength < 1)
            yield return $"JournalLength is {JournalLength}; it must be 1 or more.";
        if (MaximumMessageBytes < 0)
            yield return $"MaximumMessageBytes is {MaximumMessageBytes}; it must be 0 (no update carries its value) or more.";
    }
}
