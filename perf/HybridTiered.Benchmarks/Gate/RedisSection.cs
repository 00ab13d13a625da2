using System.Globalization;
using HybridTiered.Entries;
using HybridTiered.Redis.Tiers;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>Reads and writes of Redis through the cache, against the bare client on the same connection.</summary>
internal sealed class RedisSection : IGateSection
{
    private const double LeastThroughput = 0.85;
    private const double MostLatency = 1.15;
    private const double MostBytes = 1.3;
    private const double LeastWriteThroughput = 0.80;
    private const double MostReadsForMany = 3;

    private const int KeysOfMany = 100;
    private const int ValueLength = 100;

    // A write if nothing has happened, as small as it can be written.
    private const string BareScript = """
        if redis.call('HGET', KEYS[1], 'ver') ~= ARGV[2] then return 0 end
        redis.call('HSET', KEYS[1], 'data', ARGV[1], 'ver', ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return 1
        """;

    private static readonly TierLifetime AnHour = new(TimeSpan.FromHours(1));

    public IEnumerable<Verdict> Measure() => MeasureAsync().ToBlockingEnumerable();

    private static async IAsyncEnumerable<Verdict> MeasureAsync()
    {
        await using RedisGround redis = await RedisGround.StartAsync();
        await redis.FillAsync();

        AsyncMeasured together = await new AsyncPair(RedisGround.Callers, CallsPerRound: 100, Rounds: 101, WarmupRounds: 30).CompareAsync(Hits(redis.Cache), BareHits(redis.Database));
        yield return new Verdict(
            "Redis hit, 64 callers",
            string.Create(CultureInfo.InvariantCulture, $"{together.ThroughputRatio:P0} ({together.PerSecond:N0} of {together.YardstickPerSecond:N0} /s)"),
            string.Create(CultureInfo.InvariantCulture, $"{LeastThroughput:P0} of HashGetAsync"),
            together.ThroughputRatio >= LeastThroughput);
        yield return new Verdict(
            "Redis hit, allocations",
            string.Create(CultureInfo.InvariantCulture, $"{together.BytesRatio:F2}x ({together.Bytes:F0} of {together.YardstickBytes:F0} B)"),
            string.Create(CultureInfo.InvariantCulture, $"{MostBytes:F2}x"),
            together.BytesRatio <= MostBytes);

        AsyncMeasured alone = await new AsyncPair(Callers: 1, CallsPerRound: 100, Rounds: 301, WarmupRounds: 30).CompareAsync(Hits(redis.Cache), BareHits(redis.Database));
        yield return new Verdict(
            "Redis hit, one after the other",
            string.Create(CultureInfo.InvariantCulture, $"{alone.TimeRatio:F2}x ({alone.Microseconds:F1} us)"),
            string.Create(CultureInfo.InvariantCulture, $"{MostLatency:F2}x"),
            alone.TimeRatio <= MostLatency);

        AsyncMeasured writes = await new AsyncPair(RedisGround.Callers, CallsPerRound: 50, Rounds: 51, WarmupRounds: 20).CompareAsync(Writes(redis.Tier), BareWrites(redis.Database));
        yield return new Verdict(
            "Redis conditional write, 64 callers",
            string.Create(CultureInfo.InvariantCulture, $"{writes.ThroughputRatio:P0} ({writes.PerSecond:N0} of {writes.YardstickPerSecond:N0} /s)"),
            string.Create(CultureInfo.InvariantCulture, $"{LeastWriteThroughput:P0} of a bare script"),
            writes.ThroughputRatio >= LeastWriteThroughput);

        AsyncMeasured many = await new AsyncPair(Callers: 1, CallsPerRound: 50, Rounds: 101, WarmupRounds: 30).CompareAsync(HitsOfMany(redis.Cache), Hits(redis.Cache));
        yield return new Verdict(
            "Redis GetMany, 100 keys",
            string.Create(CultureInfo.InvariantCulture, $"{many.TimeRatio:F1}x ({many.Microseconds:F0} us)"),
            string.Create(CultureInfo.InvariantCulture, $"{MostReadsForMany:F1}x one read"),
            many.TimeRatio <= MostReadsForMany);
    }

    private static Func<int, int, Task> Hits(TieredCache cache) => async (caller, calls) =>
    {
        for (int i = 0; i < calls; i++)
            await cache.GetOrCreateAsync(RedisGround.KeyOf(caller, i), Absent.Factory, RedisGround.WithoutMemory);
    };

    private static Func<int, int, Task> BareHits(IDatabase database) => async (caller, calls) =>
    {
        for (int i = 0; i < calls; i++)
            await database.HashGetAsync(RedisGround.KeyOf(caller, i), "data");
    };

    private static Func<int, int, Task> Writes(RedisTier tier)
    {
        byte[] data = new byte[ValueLength];
        return async (caller, calls) =>
        {
            // The version is known from the write before, as it is after a read.
            EntryVersion version = await tier.ReadVersionAsync($"ours:{caller}", default);
            for (int i = 0; i < calls; i++)
                version = await tier.WriteIfUnchangedAsync($"ours:{caller}", data, AnHour, version, default) ?? throw new InvalidOperationException("A write was refused.");
        };
    }

    private static Func<int, int, Task> BareWrites(IDatabase database)
    {
        byte[] data = new byte[ValueLength];
        return async (caller, calls) =>
        {
            await database.HashSetAsync($"bare:{caller}", "ver", 1);
            for (int i = 0; i < calls; i++)
            {
                if ((int)await database.ScriptEvaluateAsync(BareScript, [$"bare:{caller}"], [data, 1, 3_600_000]) != 1)
                    throw new InvalidOperationException("A write was refused.");
            }
        };
    }

    private static Func<int, int, Task> HitsOfMany(TieredCache cache)
    {
        string[] keys = RedisGround.Keys[..KeysOfMany];
        return async (_, calls) =>
        {
            for (int i = 0; i < calls; i++)
            {
                if ((await cache.GetManyAsync<string>(keys, RedisGround.WithoutMemory)).Count != keys.Length)
                    throw new InvalidOperationException("A value that should have been in Redis was not.");
            }
        };
    }
}
