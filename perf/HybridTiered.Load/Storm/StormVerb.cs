using System.Diagnostics;
using System.Globalization;
using HybridTiered.Load.Caches;
using HybridTiered.Load.Measuring;

namespace HybridTiered.Load.Storm;

/// <summary>Very many gets at once on L1 alone: of one key, and of as many keys.</summary>
internal sealed class StormVerb : IVerb
{
    public string Name => "storm";

    public string Help => """
            Concurrent gets on memory alone, of one key and of a key each, cold and warm. Ends with 1 unless each key is computed once.
              --gets 10000      gets at once; 1 to 10,000,000
              --factory 10      duration of a computation in ms; 0 to 60,000
              --rounds 3        times, each with a new cache; 1 to 1,000
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        int gets = arguments.Take("gets", 10_000, 1, 10_000_000);
        var factory = TimeSpan.FromMilliseconds(arguments.Take("factory", 10, 0, 60_000));
        int rounds = arguments.Take("rounds", 3, 1, 1_000);
        arguments.ThrowIfAnyLeft();
        bool exact = true;
        for (int round = 1; round <= rounds; round++)
        {
            await using CacheInstance instance = CacheInstance.CreateLocal();
            exact &= await RunAsync(instance.Cache, $"round {round}: one key, cold   ", gets, static _ => "one", factory, 1, cancellationToken);
            exact &= await RunAsync(instance.Cache, $"round {round}: one key, warm   ", gets, static _ => "one", factory, 0, cancellationToken);
            exact &= await RunAsync(instance.Cache, $"round {round}: a key each, cold", gets, KeyOf, factory, gets, cancellationToken);
            exact &= await RunAsync(instance.Cache, $"round {round}: a key each, warm", gets, KeyOf, factory, 0, cancellationToken);
        }
        return exact ? ExitCode.Ok : ExitCode.Failed;
    }

    private static string KeyOf(int i) => string.Create(CultureInfo.InvariantCulture, $"storm:{i}");

    private static async Task<bool> RunAsync(
        TieredCache cache, string name, int gets, Func<int, string> keyOf, TimeSpan factory, int expected, CancellationToken cancellationToken)
    {
        int computations = 0;
        var latencies = new TimeSpan[gets];
        string[] keys = [.. Enumerable.Range(0, gets).Select(keyOf)];
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, gets).Select(i => Task.Run(() => GetAsync(i), cancellationToken)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);

        var histogram = new LatencyHistogram();
        foreach (TimeSpan latency in latencies)
            histogram.Add(latency);
        Console.WriteLine(FormattableString.Invariant(
            $"{name}  {gets:N0} gets in {elapsed.TotalMilliseconds,8:N1} ms, {computations,6} factory calls; {Percentiles.Describe(histogram)}"));
        return computations == expected;

        async Task GetAsync(int i)
        {
            long asked = Stopwatch.GetTimestamp();
            await cache.GetOrCreateAsync(keys[i], async token =>
            {
                Interlocked.Increment(ref computations);
                await Task.Delay(factory, token);
                return keys[i];
            }, cancellationToken: cancellationToken);
            latencies[i] = Stopwatch.GetElapsedTime(asked);
        }
    }
}
