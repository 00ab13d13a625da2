using System.Diagnostics;
using System.Globalization;
using HybridTiered.Load.Caches;
using HybridTiered.Load.Measuring;
using HybridTiered.TestServers.Redis;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Load.Faults;

/// <summary>
/// One instance on Redis with fail-safe, whose entries expire all the time while its database fails, hangs or is slow. Every read has an expired value to fall back upon,
/// so every read has to be answered, and the database is to be left alone between tries.
/// </summary>
internal sealed class DatabaseRun(DatabaseFault fault, TimeSpan duration, int seed)
{
    private const int Keys = 64;
    private const int Readers = 8;

    private static readonly TimeSpan Life = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Throttle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SoftTimeout = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Slowness = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan HardTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private static readonly TieredEntryOptions Options = new()
    {
        Expiration = Life,
        FailSafeMaxDuration = TimeSpan.FromHours(1),
        FailSafeThrottle = Throttle,
        FactorySoftTimeout = SoftTimeout,
        FactoryHardTimeout = HardTimeout,
    };

    private readonly FaultyDatabase _database = new() { Slowness = Slowness };
    private readonly string[] _names = [.. Enumerable.Range(0, Keys).Select(key => string.Create(CultureInfo.InvariantCulture, $"row:{key}"))];

    public async Task<DatabaseOutcome> RunAsync(CancellationToken cancellationToken)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using CacheInstance instance = await CacheInstance.ConnectAsync(
            cache => cache.AddRedis(redis.EndPoint).UseRedisBackplane(), cancellationToken);
        TieredCache cache = instance.Cache;
        for (int key = 0; key < Keys; key++)
            await ReadAsync(cache, key, cancellationToken);

        // What was computed before says nothing about the throttle.
        await Task.Delay(Life, cancellationToken);
        _database.Reset();
        _database.Fault = fault;
        long stale = cache.GetStatistics().StaleServed;
        var random = new Random(seed);
        (long Reads, long Failed, long Wrong, LatencyHistogram Latency)[] readers = await Task.WhenAll(
            Enumerable.Range(0, Readers).Select(_ => new Random(random.Next())).Select(own => Task.Run(() => ReadAllTheTimeAsync(cache, own, cancellationToken), cancellationToken)));
        long calls = _database.Calls;
        TimeSpan interval = _database.ShortestInterval();
        stale = cache.GetStatistics().StaleServed - stale;

        _database.Fault = DatabaseFault.None;
        await Task.Delay(HardTimeout + Throttle + Throttle, cancellationToken);
        int notRecovered = 0;
        for (int key = 0; key < Keys; key++)
        {
            CacheResult<int> result = await ReadAsync(cache, key, cancellationToken);
            notRecovered += result.IsStale ? 1 : 0;
        }
        var outcome = new DatabaseOutcome
        {
            Fault = fault,
            SoftTimeout = SoftTimeout,
            Throttle = Throttle,
            StaleServed = stale,
            Calls = calls,
            ShortestInterval = interval,
            NotRecovered = notRecovered,
        };
        foreach ((long reads, long failed, long wrong, LatencyHistogram latency) in readers)
        {
            outcome.Reads += reads;
            outcome.Failed += failed;
            outcome.Wrong += wrong;
            outcome.Latency.Add(latency);
        }
        return outcome;
    }

    private async Task<(long Reads, long Failed, long Wrong, LatencyHistogram Latency)> ReadAllTheTimeAsync(
        TieredCache cache, Random random, CancellationToken cancellationToken)
    {
        var latency = new LatencyHistogram();
        (long reads, long failed, long wrong) = (0, 0, 0);
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < duration; reads++)
        {
            int key = random.Next(Keys);
            long began = Stopwatch.GetTimestamp();
            try
            {
                CacheResult<int> result = await ReadAsync(cache, key, cancellationToken);
                wrong += result.Value == key ? 0 : 1;
            }
            catch (Exception e) when (e is IOException or TimeoutException)
            {
                failed++;
            }
            latency.Add(Stopwatch.GetElapsedTime(began));
            if (reads % Readers == 0)
                await Task.Delay(Pause, cancellationToken);
        }
        return (reads, failed, wrong, latency);
    }

    private ValueTask<CacheResult<int>> ReadAsync(TieredCache cache, int key, CancellationToken cancellationToken) =>
        cache.GetOrCreateResultAsync(_names[key], (_database, key), static (source, token) => source._database.ReadAsync(source.key, token), Options, cancellationToken: cancellationToken);
}
