using System.Diagnostics;
using System.Text.Json;
using HybridTiered.Load.Caches;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Tiers;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Load.Coherence;

/// <summary>One of the processes: one instance of the cache, with readers and updaters, until it is told to stop.</summary>
internal sealed class CoherenceWorker : IVerb
{
    public const string VerbName = "coherence-worker";
    public const string Ready = "ready";
    public const string Run = "run";
    public const string Stop = "stop";
    public const string Stopped = "stopped";
    public const string Check = "check";
    public const string Report = "report";

    private const int UpdaterCount = 2;
    private const int ReadsBeforePause = 32;

    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(60);

    private long _unobserved;

    public string Name => VerbName;

    public string Help => "";

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        string redis = arguments.TakeRequired("redis");
        string prefix = arguments.TakeRequired("prefix");
        string path = arguments.TakeRequired("board");
        int number = arguments.Take("number", 0, 0, 1_000);
        var settings = CoherenceSettings.From(arguments);
        TaskScheduler.UnobservedTaskException += CountUnobserved;

        var keys = new CoherenceKeys(settings.Keys);
        using var board = new SharedBoard(path, settings.Processes, settings.Keys);
        await using CacheInstance instance = await CacheInstance.ConnectAsync(cache => Configure(cache, redis, prefix, settings), cancellationToken);
        var checker = new CoherenceChecker(board, number, settings.Bound);
        var reader = new CoherenceReader(instance.Cache, board, keys, checker);
        var unsettled = new UnsettledUpdates(board, instance.Cache);
        for (int key = 0; key < keys.Count; key++)
            await reader.ReadAsync(key, new CoherenceTally(), cancellationToken);
        Console.WriteLine(Ready);

        await ExpectAsync(Run, cancellationToken);
        long heapBefore = GC.GetTotalMemory(forceFullCollection: true);
        var stop = new StopSignal();
        var random = new Random(settings.Seed + number);
        CoherenceTally[] tallies = [.. Enumerable.Range(0, settings.Readers + UpdaterCount).Select(_ => new CoherenceTally())];
        var work = new List<Task> { Task.Run(() => WatchAsync(instance.Cache, checker, unsettled, stop), cancellationToken) };
        for (int i = 0; i < tallies.Length; i++)
        {
            CoherenceTally tally = tallies[i];
            var own = new Random(random.Next());
            var updater = new CoherenceUpdater(instance.Cache, board, keys, checker, reader, unsettled, own);
            work.Add(i < settings.Readers
                ? Task.Run(() => ReadAsync(reader, board, number, keys, own, tally, stop), cancellationToken)
                : Task.Run(() => UpdateAsync(updater, board, number, settings.Updates / (double)UpdaterCount, own, tally, stop), cancellationToken));
        }

        await ExpectAsync(Stop, cancellationToken);
        stop.Updates = true;
        await Task.WhenAll(work.Skip(1 + settings.Readers));
        long waiting = Stopwatch.GetTimestamp();
        while ((unsettled.Count > 0 || !IsConnected(instance.Cache)) && Stopwatch.GetElapsedTime(waiting) < SettleTimeout)
            await Task.Delay(Pause, cancellationToken);
        Console.WriteLine(Stopped);

        await ExpectAsync(Check, cancellationToken);
        stop.Reads = true;
        await Task.WhenAll(work);
        var sum = new CoherenceTally();
        foreach (CoherenceTally tally in tallies)
            sum.Add(tally);
        if (unsettled.Count > 0 || !IsConnected(instance.Cache))
        {
            sum.RuleC++;
            sum.AddExample($"rule c: after {SettleTimeout.TotalSeconds} s instance {number} is not connected, or {unsettled.Count} invalidations are not complete");
        }
        await reader.CheckTiersAsync(sum);
        long heapAfter = GC.GetTotalMemory(forceFullCollection: true);
        GC.WaitForPendingFinalizers();
        sum.UnobservedExceptions = Volatile.Read(ref _unobserved);
        Console.WriteLine($"{Report} {JsonSerializer.Serialize(ReportOf(instance.Cache.GetStatistics(), sum, heapBefore, heapAfter))}");
        // So that the process says how it went before it goes.
        await Console.In.ReadLineAsync(cancellationToken);
        return ExitCode.Ok;
    }

    private static CoherenceReport ReportOf(CacheStatistics statistics, CoherenceTally tally, long heapBefore, long heapAfter) => new()
    {
        Tally = tally,
        MemoryHits = statistics.Tiers[0].Hits,
        LowerHits = statistics.LowerHits,
        JournalGaps = statistics.Invalidations.JournalGaps,
        CatchUps = statistics.Invalidations.CatchUps,
        CircuitBreaks = statistics.Tiers.Sum(tier => tier.CircuitBreaks),
        Malformed = statistics.Invalidations.Malformed,
        ProcessingErrors = statistics.Invalidations.ProcessingErrors,
        HeapBefore = heapBefore,
        HeapAfter = heapAfter,
    };

    private static void Configure(Configuration.HybridTieredBuilder cache, string redis, string prefix, CoherenceSettings settings)
    {
        cache.UseRedisConnection(connection => connection.ConnectionString = redis).UseRedisBackplane().Configure(options =>
        {
            options.KeyPrefix = prefix;
            options.JournalInterval = settings.JournalInterval;
            options.BackplaneTimeout = settings.Timeout;
        });
        if (settings.Conditional)
        {
            cache.AddRedis(tier => tier.HardTimeout = settings.Timeout);
            return;
        }
        cache.AddTier(
            "redis",
            _ => new UnconditionalTier(new RedisTier(new RedisConnection(redis), new RedisTierOptions())), tier => tier.HardTimeout = settings.Timeout);
    }

    private static async Task ExpectAsync(string line, CancellationToken cancellationToken)
    {
        string? told = await Console.In.ReadLineAsync(cancellationToken);
        if (told != line)
            throw new InvalidOperationException($"The process was told '{told}' instead of '{line}'.");
    }

    private static bool IsConnected(TieredCache cache) => cache.GetStatistics().Invalidations.IsConnected;

    private static async Task ReadAsync(
        CoherenceReader reader, SharedBoard board, int number, CoherenceKeys keys, Random random, CoherenceTally tally, StopSignal stop)
    {
        while (!stop.Reads)
        {
            for (int i = 0; i < ReadsBeforePause; i++)
                await reader.ReadAsync(keys.Any(random), tally, CancellationToken.None);
            board.AddReads(number, ReadsBeforePause);
            // So that the others get a turn, and once nothing changes any more there is little left to be found.
            await Task.Delay(stop.Updates ? Pause : ShortPause);
        }
    }

    private static async Task UpdateAsync(
        CoherenceUpdater updater, SharedBoard board, int number, double rate, Random random, CoherenceTally tally, StopSignal stop)
    {
        long start = Stopwatch.GetTimestamp();
        for (double due = 0; !stop.Updates; due += random.NextDouble() * 2 / rate)
        {
            TimeSpan early = TimeSpan.FromSeconds(due) - Stopwatch.GetElapsedTime(start);
            if (early > TimeSpan.Zero)
                await Task.Delay(early);
            else
                due -= early.TotalSeconds; // What an outage has kept it from doing is not made up for.
            long before = tally.Reads;
            await updater.UpdateAsync(tally, CancellationToken.None);
            board.AddReads(number, (int)(tally.Reads - before));
        }
    }

    // The end of an outage is what the instance says it is.
    private static async Task WatchAsync(TieredCache cache, CoherenceChecker checker, UnsettledUpdates unsettled, StopSignal stop)
    {
        while (!stop.Reads)
        {
            checker.NoteConnected(IsConnected(cache));
            unsettled.Look();
            await Task.Delay(Pause);
        }
    }

    private void CountUnobserved(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        Interlocked.Increment(ref _unobserved);
        Console.Error.WriteLine($"unobserved: {e.Exception}");
    }
}
