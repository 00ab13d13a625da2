namespace HybridTiered.Redis.Streams;

/// <summary>How a <see cref="RedisEventStream"/> keeps and reads events.</summary>
public sealed class RedisEventStreamOptions
{
    /// <summary>What every stream's key begins with. Default: nothing.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>About how many events a stream keeps. Default 10,000.</summary>
    public int MaximumLength { get; set; } = 10_000;

    /// <summary>How many events one read asks for while an enumeration goes on. Default 100.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>The first pause of an enumeration that has caught up; it doubles while nothing comes. Default 10 ms.</summary>
    public TimeSpan ShortestPause { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest pause, and so about the longest delay with which an event is seen. Default 250 ms.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Looks for values that cannot work.</summary>
    /// <returns>One sentence for each; none if all is well.</returns>
    public IEnumerable<string> Validate()
    {
        if (Prefix is null)
            yield return "Prefix is null; it must be a text, possibly empty.";
        if (MaximumLength < 1)
            yield return $"MaximumLength is {MaximumLength}; it must be 1 or more.";
        if (PageSize < 1)
            yield return $"PageSize is {PageSize}; it must be 1 or more.";
        if (ShortestPause < TimeSpan.FromMilliseconds(1))
            yield return $"ShortestPause is {ShortestPause}; it must be 1 millisecond or more.";
        if (LongestPause < ShortestPause)
            yield return $"LongestPause is {LongestPause}; it must not be less than ShortestPause, {ShortestPause}.";
    }
}
