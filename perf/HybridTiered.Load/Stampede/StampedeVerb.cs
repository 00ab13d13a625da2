using System.Globalization;
using HybridTiered.Load.Caches;
using HybridTiered.Load.Measuring;
using HybridTiered.Load.Processes;
using HybridTiered.Redis.Connections;
using StackExchange.Redis;

namespace HybridTiered.Load.Stampede;

/// <summary>How often a key is computed when many callers in many processes miss it at once.</summary>
internal sealed class StampedeVerb : IVerb
{
    public string Name => "stampede";

    public string Help => $"""
            Processes on one Redis whose callers all ask for all keys at once, with the cluster flight on. Ends with 1 unless each key is computed once.
              --processes 4     processes; 1 to 64
              --keys 100        keys; 1 to 100,000
              --callers 64      callers per process, each of whom asks for every key, in an order of its own; 1 to 10,000
              --factory 20      duration of a computation in ms; 0 to 60,000
              --rounds 1        times, each with new keys; 1 to 10,000
              --seed N          makes the orders reproducible; random, and printed, otherwise
        {RedisSource.Help}
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        int processes = arguments.Take("processes", 4, 1, 64);
        int keys = arguments.Take("keys", 100, 1, 100_000);
        int callers = arguments.Take("callers", 64, 1, 10_000);
        int factory = arguments.Take("factory", 20, 0, 60_000);
        int rounds = arguments.Take("rounds", 1, 1, 10_000);
        int seed = arguments.Take("seed", Random.Shared.Next(), 0, int.MaxValue);
        string? given = arguments.Take("redis");
        arguments.ThrowIfAnyLeft();
        Print($"{processes} processes x {callers} callers x {keys} keys, {factory} ms per computation, seed {seed}");

        await using RedisSource redis = await RedisSource.StartAsync(given);
        await using var connection = new RedisConnection(redis.Address);
        IDatabase database = (await connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();
        var children = new List<ChildProcess>();
        try
        {
            for (int i = 0; i < processes; i++)
            {
                children.Add(ChildProcess.Start(
                    StampedeProcess.VerbName, "--redis", redis.Address, "--prefix", redis.Prefix, "--keys", $"{keys}", "--callers", $"{callers}",
                    "--factory", $"{factory}", "--seed", $"{seed + i}"));
            }
            bool exact = true;
            for (int round = 0; round < rounds; round++)
                exact &= await RunRoundAsync(children, database, redis.Prefix, keys, round, cancellationToken);
            return exact ? ExitCode.Ok : ExitCode.Failed;
        }
        finally
        {
            foreach (ChildProcess child in children)
                child.Dispose();
        }
    }

    private static async Task<bool> RunRoundAsync(
        List<ChildProcess> children, IDatabase database, string prefix, int keys, int round, CancellationToken cancellationToken)
    {
        foreach (ChildProcess child in children)
            await child.ExpectAsync(StampedeProcess.Ready, cancellationToken);
        foreach (ChildProcess child in children)
            child.Send($"{round}");
        var latency = new LatencyHistogram();
        foreach (ChildProcess child in children)
        {
            foreach (string ticks in (await child.ExpectAsync(StampedeProcess.Done, cancellationToken)).Split(' '))
                latency.Add(TimeSpan.FromTicks(long.Parse(ticks, CultureInfo.InvariantCulture)));
        }

        RedisValue[] counts = await database.StringGetAsync([.. Enumerable.Range(0, keys).Select(key => (RedisKey)StampedeProcess.CounterOf(prefix, round, key))]);
        long[] computations = [.. counts.Select(count => (long)count)];
        Print($"round {round + 1}: {computations.Sum()} computations of {keys} keys, {computations.Min()} to {computations.Max()} each, {latency.Count:N0} gets: {Percentiles.Describe(latency)}");
        foreach ((int key, long times) in computations.Index().Where(c => c.Item != 1).Take(10))
            Print($"  key {key}: computed {times} times");
        return Array.TrueForAll(computations, times => times == 1);
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
