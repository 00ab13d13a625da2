using System.Globalization;
using HybridTiered.Load.Caches;

namespace HybridTiered.Load.Coherence;

/// <summary>What a run of the coherence check takes. The processes of a run are given the same.</summary>
internal sealed record CoherenceSettings
{
    public const string Help = $"""
              --processes 3     instances, each in a process of its own; 1 to 16
              --keys 256        keys; 16 to 10,000
              --readers 4       reads under way at any time in each process; 1 to 256
              --updates 200     changes of the source and invalidations per second in each process; 1 to 100,000
              --interval 5000   interval of the journal in ms; 100 to 60,000
              --timeout 250     hard timeout of the Redis tier, and of the backplane, in ms; 10 to 60,000
              --bound N         the bound in ms; by default the interval of the journal and 2 s
              --conditional yes no hides from the caches that Redis can refuse outdated writes; then there have to be violations
              --seed N          makes the choices reproducible; random, and printed, otherwise
        {RedisSource.Help}
        """;

    private static readonly TimeSpan Allowance = TimeSpan.FromSeconds(2);

    public required int Processes { get; init; }

    public required int Keys { get; init; }

    public required int Readers { get; init; }

    public required int Updates { get; init; }

    public required TimeSpan JournalInterval { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required TimeSpan Bound { get; init; }

    public required bool Conditional { get; init; }

    public required int Seed { get; init; }

    /// <exception cref="UsageException">An option is out of range.</exception>
    public static CoherenceSettings From(Arguments arguments)
    {
        var interval = TimeSpan.FromMilliseconds(arguments.Take("interval", 5000, 100, 60_000));
        return new CoherenceSettings
        {
            Processes = arguments.Take("processes", 3, 1, 16),
            Keys = arguments.Take("keys", 256, 16, 10_000),
            Readers = arguments.Take("readers", 4, 1, 256),
            Updates = arguments.Take("updates", 200, 1, 100_000),
            JournalInterval = interval,
            Timeout = TimeSpan.FromMilliseconds(arguments.Take("timeout", 250, 10, 60_000)),
            Bound = TimeSpan.FromMilliseconds(arguments.Take("bound", (interval + Allowance).TotalMilliseconds, 1, 3_600_000)),
            Conditional = arguments.Take("conditional") switch
            {
                null or "yes" => true,
                "no" => false,
                { } text => throw new UsageException($"--conditional is '{text}'; it must be yes or no."),
            },
            Seed = arguments.Take("seed", Random.Shared.Next(), 0, int.MaxValue),
        };
    }

    /// <summary>The same as a command line.</summary>
    public IEnumerable<string> ToArguments() =>
    [
        "--processes", Text(Processes), "--keys", Text(Keys), "--readers", Text(Readers), "--updates", Text(Updates),
        "--interval", Text(JournalInterval.TotalMilliseconds), "--timeout", Text(Timeout.TotalMilliseconds), "--bound", Text(Bound.TotalMilliseconds),
        "--conditional", Conditional ? "yes" : "no", "--seed", Text(Seed),
    ];

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
