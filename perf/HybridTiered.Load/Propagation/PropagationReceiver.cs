using System.Diagnostics;
using System.Globalization;
using HybridTiered.Invalidation;
using HybridTiered.Load.Caches;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Load.Propagation;

/// <summary>The process that is told. It notes when an entry leaves its L1, or is replaced, and reports at the end of a lap.</summary>
internal sealed class PropagationReceiver : IVerb
{
    public const string VerbName = "propagation-receiver";
    public const string Fill = "fill";
    public const string Filled = "filled";
    public const string Report = "report";
    public const string Seen = "seen";
    public const string Count = "count";
    public const string Received = "received";

    /// <summary>Reported for a key that is not in L1.</summary>
    public const long Nothing = -1;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly HybridCacheEntryOptions LocalOnly = new() { Flags = HybridCacheEntryFlags.DisableDistributedCacheRead };

    public string Name => VerbName;

    public string Help => "";

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        string redis = arguments.TakeRequired("redis");
        string prefix = arguments.TakeRequired("prefix");
        int keys = arguments.Take("keys", 1, 1, 100_000);
        bool update = arguments.TakeSwitch("update");
        string[] names = [.. Enumerable.Range(0, keys).Select(PropagationSender.KeyOf)];
        var marks = new ChangeMarks(names, update);
        await using CacheInstance instance = await CacheInstance.ConnectAsync(redis, prefix, cache => cache
            .AddMemory(memory => memory.StoreFactory = _ => new MarkingStore(marks))
            // The journal would bring what was lost on the way, and hide that it was.
            .Configure(options => options.JournalInterval = TimeSpan.FromHours(1)), cancellationToken);
        Console.WriteLine("ready");

        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            string[] words = line.Split(' ');
            Console.WriteLine(words[0] switch
            {
                Fill => await FillAsync(instance.Cache, names, marks, update, cancellationToken),
                Report => await ReportAsync(instance.Cache, names[..int.Parse(words[1], CultureInfo.InvariantCulture)], marks, cancellationToken),
                Count => $"{Received} {ReceivedBy(instance.Cache)}",
                _ => $"'{line}' is not understood",
            });
        }
        return ExitCode.Ok;
    }

    // Pushed values are there already; a value read from a tier below would carry no version, and a push would only remove it.
    private static async Task<string> FillAsync(TieredCache cache, string[] names, ChangeMarks marks, bool update, CancellationToken cancellationToken)
    {
        if (!update)
        {
            foreach (string[] some in names.Chunk(500))
            {
                IReadOnlyDictionary<string, long> found = await cache.GetManyAsync<long>(some, PropagationSender.EntryOptions, cancellationToken);
                if (found.Count != some.Length)
                    return $"{some.Length - found.Count} keys are not in Redis";
            }
        }
        marks.Reset();
        return Filled;
    }

    private static async Task<string> ReportAsync(TieredCache cache, string[] names, ChangeMarks marks, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (marks.Count < names.Length && Stopwatch.GetElapsedTime(start) < LongestWait)
            await Task.Delay(1, cancellationToken);
        var report = new List<string> { Seen };
        for (int i = 0; i < names.Length; i++)
        {
            CacheResult<long> served = await cache.TryGetAsync<long>(names[i], LocalOnly, cancellationToken);
            report.Add(string.Create(CultureInfo.InvariantCulture, $"{marks[i]}:{(served.Found ? served.Value : Nothing)}"));
        }
        return string.Join(' ', report);
    }

    private static long ReceivedBy(TieredCache cache)
    {
        IReadOnlyDictionary<InvalidationKind, long> received = cache.GetStatistics().Invalidations.Received;
        return received.GetValueOrDefault(InvalidationKind.Key) + received.GetValueOrDefault(InvalidationKind.Update);
    }
}
