using HybridTiered.Load.Coherence;
using HybridTiered.Load.Faults;

namespace HybridTiered.Faults.Tests;

/// <summary>What the tests run of what the load program runs for longer: strict about what is read, generous about time.</summary>
internal static class ShortRun
{
    public const int Seed = 20_240_229;

    public static readonly FaultTimes Times = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

    public static readonly CoherenceSettings Settings = new()
    {
        Processes = 2,
        Keys = 64,
        Readers = 2,
        Updates = 200,
        JournalInterval = TimeSpan.FromMilliseconds(500),
        Timeout = TimeSpan.FromMilliseconds(250),
        Bound = TimeSpan.FromSeconds(5),
        Conditional = true,
        Seed = Seed,
    };

    /// <summary>What was found, in the words that the load program prints.</summary>
    public static string Describe(CoherenceTally tally) =>
        $"seed {Seed}; a {tally.RuleA}, b {tally.RuleB}, c {tally.RuleC}, d {tally.RuleD}, wrong {tally.WrongValues}, failed {tally.FailedReads}, "
        + $"unobserved {tally.UnobservedExceptions}\n{string.Join('\n', tally.Examples)}";
}
