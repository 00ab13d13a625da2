using System.Diagnostics;
using System.Globalization;
using HybridTiered.Load.Caches;
using HybridTiered.Redis.Connections;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HybridTiered.Load.Stampede;

/// <summary>One of the processes: waits for the number of a round, lets all its callers loose, and reports how long each get took.</summary>
internal sealed class StampedeProcess : IVerb
{
    public const string VerbName = "stampede-process";
    public const string Ready = "ready";
    public const string Done = "done";

    private static readonly TieredEntryOptions Options = new() { ClusterFlight = true, Expiration = TimeSpan.FromMinutes(10) };
    private static readonly TimeSpan CounterLife = TimeSpan.FromHours(1);

    public string Name => VerbName;

    public string Help => "";

    /// <summary>Where the computations of a key are counted.</summary>
    public static string CounterOf(string prefix, int round, int key) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}computations:{round}:{key}");

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        string redis = arguments.TakeRequired("redis");
        string prefix = arguments.TakeRequired("prefix");
        int keys = arguments.Take("keys", 1, 1, 100_000);
        int callers = arguments.Take("callers", 1, 1, 10_000);
        var factory = TimeSpan.FromMilliseconds(arguments.Take("factory", 0, 0, 60_000));
        var random = new Random(arguments.Take("seed", 0, int.MinValue, int.MaxValue));

        await using CacheInstance instance = await CacheInstance.ConnectAsync(redis, prefix, static cache => cache.UseRedisClusterLock(), cancellationToken);
        await using var connection = new RedisConnection(redis);
        IDatabase counters = (await connection.GetMultiplexerAsync(cancellationToken)).GetDatabase();
        Console.WriteLine(Ready);
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            int round = int.Parse(line, CultureInfo.InvariantCulture);
            int[][] orders = [.. Enumerable.Range(0, callers).Select(_ => Shuffled(keys, random))];
            TimeSpan[][] latencies = await Task.WhenAll(orders.Select(order => Task.Run(() => CallAsync(order, round), cancellationToken)));
            Console.WriteLine($"{Done} {string.Join(' ', latencies.SelectMany(of => of).Select(latency => latency.Ticks))}");
            Console.WriteLine(Ready);
        }
        return ExitCode.Ok;

        async Task<TimeSpan[]> CallAsync(int[] order, int round)
        {
            var latencies = new TimeSpan[order.Length];
            for (int i = 0; i < order.Length; i++)
            {
                int key = order[i];
                long start = Stopwatch.GetTimestamp();
                int value = await instance.Cache.GetOrCreateAsync(
                    string.Create(CultureInfo.InvariantCulture, $"stampede:{round}:{key}"), token => ComputeAsync(round, key, token), Options, cancellationToken: cancellationToken);
                latencies[i] = Stopwatch.GetElapsedTime(start);
                if (value != key)
                    throw new InvalidOperationException($"Key {key} has the value {value}.");
            }
            return latencies;
        }

        async ValueTask<int> ComputeAsync(int round, int key, CancellationToken token)
        {
            string counter = CounterOf(prefix, round, key);
            await counters.StringIncrementAsync(counter);
            await counters.KeyExpireAsync(counter, CounterLife);
            await Task.Delay(factory, token);
            return key;
        }
    }

    private static int[] Shuffled(int count, Random random)
    {
        int[] numbers = [.. Enumerable.Range(0, count)];
        random.Shuffle(numbers);
        return numbers;
    }
}
