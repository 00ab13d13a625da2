using HybridTiered.Load.Caches;

namespace HybridTiered.Load.Coherence;

/// <summary>Several instances read, change the source and invalidate at random; every read is checked.</summary>
internal sealed class CoherenceVerb : IVerb
{
    public string Name => "coherence";

    public string Help => $"""
            Processes on one Redis that read, change a source with a version per key, and invalidate it by key, keys, tag, pattern, set and update. Ends with 1 on any
            violation:
              a  on the invalidating instance, a read that starts after the invalidation has returned shows an older version
              b  on another instance, a read that starts later than the bound after it does
              c  after quiet, a tier of any instance holds an older version
              d  an instance shows an older version after a newer one whose invalidation was complete
              --reads 10000000  reads of all processes together; 1000 or more
        {CoherenceSettings.Help}
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        long reads = arguments.Take("reads", 10_000_000L, 1000, long.MaxValue);
        string? given = arguments.Take("redis");
        var settings = CoherenceSettings.From(arguments);
        arguments.ThrowIfAnyLeft();
        Print($"{settings.Processes} processes, {settings.Keys} keys, {settings.Updates} updates/s each, bound {settings.Bound.TotalMilliseconds} ms, seed {settings.Seed}");

        await using RedisSource redis = await RedisSource.StartAsync(given);
        using CoherenceRun run = await CoherenceRun.StartAsync(settings, redis.Address, redis.Prefix, cancellationToken);
        run.LetLoose();
        TimeSpan took = await run.WhenReadAsync(reads, cancellationToken);
        var outcome = new CoherenceOutcome(await run.FinishAsync(cancellationToken));
        Print($"                {reads / took.TotalSeconds,12:N0}  reads/s");
        outcome.Print();
        return outcome.Tally.Violations == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
