using System.Diagnostics;
using HybridTiered.Invalidation;
using HybridTiered.Load.Caches;

namespace HybridTiered.Load.Growth;

/// <summary>
/// What an invalidation costs as more instances share a backplane. The in-process one hands it to each of them in the sender's call, as a
/// server does elsewhere: the sender's time therefore grows by that much for each.
/// </summary>
internal static class InstanceGrowth
{
    private const int Deliveries = 500_000;
    private const int MostInvalidations = 20_000;
    private const int KeyCount = 100;

    private static readonly int[] Counts = [10, 100, 1_000, 10_000];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<bool> RunAsync(int most, CancellationToken cancellationToken)
    {
        var table = new GrowthTable(
            "receivers", ("invalidation at the sender, us", false), ("of that per receiver, us", false), ("processor time per receiver, us", true));
        // The first pays for the compiler; the second tells what a sender costs that nobody hears.
        await MeasureAsync(Counts[0], cancellationToken);
        (double callAlone, double processorAlone) = await MeasureAsync(0, cancellationToken);
        Console.WriteLine(FormattableString.Invariant($"\nan invalidation that nobody hears: {callAlone:F2} us"));
        foreach (int count in Counts.Where(count => count <= most))
        {
            (double call, double processor) = await MeasureAsync(count, cancellationToken);
            table.Add(count, call, (call - callAlone) / count, (processor - processorAlone) / count);
        }
        return table.Judge();
    }

    private static async Task<(double Call, double Processor)> MeasureAsync(int receivers, CancellationToken cancellationToken)
    {
        var backplane = new InProcessBackplane();
        var instances = new List<CacheInstance>();
        try
        {
            for (int i = 0; i <= receivers; i++)
                instances.Add(await CacheInstance.ConnectAsync(cache => cache.AddMemory().UseInProcessBackplane(backplane), cancellationToken));
            int invalidations = Math.Min(MostInvalidations, Deliveries / Math.Max(1, receivers));
            await InvalidateAsync(instances, invalidations / 5, cancellationToken);

            using var process = Process.GetCurrentProcess();
            TimeSpan before = process.TotalProcessorTime;
            double call = await InvalidateAsync(instances, invalidations, cancellationToken);
            process.Refresh();
            return (call, (process.TotalProcessorTime - before).TotalMicroseconds / invalidations);
        }
        finally
        {
            foreach (CacheInstance instance in instances)
                await instance.DisposeAsync();
        }
    }

    /// <summary>Invalidates from the first instance until all others have heard of it.</summary>
    /// <returns>The median time of a call, in microseconds.</returns>
    private static async Task<double> InvalidateAsync(List<CacheInstance> instances, int count, CancellationToken cancellationToken)
    {
        string[] keys = [.. Enumerable.Range(0, KeyCount).Select(FilledCache.KeyOf)];
        long[] before = [.. instances.Select(ReceivedBy)];
        var times = new double[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await instances[0].Cache.RemoveAsync(keys[i % keys.Length], cancellationToken);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        long sent = Stopwatch.GetTimestamp();
        // One after the other, so that asking costs next to nothing.
        for (int i = 1; i < instances.Count; i++)
        {
            while (ReceivedBy(instances[i]) < before[i] + count)
            {
                if (Stopwatch.GetElapsedTime(sent) > Patience)
                    throw new TimeoutException("Not every instance heard of every invalidation.");
                await Task.Delay(1, cancellationToken);
            }
        }
        return PairedRounds.Median(times);
    }

    private static long ReceivedBy(CacheInstance instance) =>
        instance.Cache.GetStatistics().Invalidations.Received.GetValueOrDefault(InvalidationKind.Key);
}
