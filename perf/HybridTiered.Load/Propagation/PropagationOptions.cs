using HybridTiered.Load.Caches;

namespace HybridTiered.Load.Propagation;

/// <summary>What the <c>propagation</c> verb takes.</summary>
internal sealed record PropagationOptions(int Count, int Rate, int Keys, bool Update, string? Redis)
{
    public const string Help = $"""
            Two processes on one Redis: one sets keys, the other notes when its L1 has no longer the old value. Ends with 1 if it kept any.
              --count 100000    sets that are measured; 1 to 100,000,000
              --rate 2000       sets per second; 1 to 1,000,000
              --keys 5000       keys that are set in turn; 1 to 100,000
              --update no       yes pushes the new value (UpdateAsync); no removes the old one (SetAsync)
        {RedisSource.Help}
        """;

    /// <exception cref="UsageException">An option is unknown or out of range.</exception>
    public static PropagationOptions From(Arguments arguments)
    {
        var options = new PropagationOptions(
            arguments.Take("count", 100_000, 1, 100_000_000),
            arguments.Take("rate", 2_000, 1, 1_000_000),
            arguments.Take("keys", 5_000, 1, 100_000),
            arguments.TakeSwitch("update"),
            arguments.Take("redis"));
        arguments.ThrowIfAnyLeft();
        return options;
    }
}
