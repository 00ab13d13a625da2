using System.Diagnostics;
using System.Globalization;
using HybridTiered.Benchmarks.Gate;
using HybridTiered.Tiers;
using StackExchange.Redis;

namespace HybridTiered.Benchmarks;

/// <summary>
/// Where the time of reads from Redis goes: one key with many callers, layer by layer, and many keys with one caller, from what the server alone takes upwards. Medians of rounds that take
/// turns, with the processor time of this process.
/// </summary>
internal static class RedisParts
{
    private const int KeysOfMany = 100;
    private const int WarmupRounds = 40;
    private const int Rounds = 101;

    private const string Nothing = "return 1";
    private const string Count = "local n = 0 for i = 1, #KEYS do n = n + #redis.call('HGET', KEYS[i], 'data') end return n";
    private const string Data = "local found = {} for i = 1, #KEYS do found[i] = redis.call('HGET', KEYS[i], 'data') end return found";

    private static readonly string[] Many = RedisGround.Keys[..KeysOfMany];
    private static readonly RedisKey[] ManyNames = Array.ConvertAll(Many, key => (RedisKey)key);

    public static async Task RunAsync(TextWriter output)
    {
        await using RedisGround redis = await RedisGround.StartAsync();
        await redis.FillAsync();

        await MeasureAsync(
            output, RedisGround.Callers, callsPerRound: 100,
            ("HashGetAsync of the bare client", key => redis.Database.HashGetAsync(key, "data")),
            ("HashGetLeaseAsync of the bare client", async key => (await redis.Database.HashGetLeaseAsync(key, "data"))!.Dispose()),
            ("the tier", async key => (await redis.Tier.ReadAsync(key, TierRead.Data, default)).Dispose()),
            ("the cache, L1 left out", async key => await redis.Cache.GetOrCreateAsync(key, Absent.Factory, RedisGround.WithoutMemory)));

        await MeasureAsync(
            output, callers: 1, callsPerRound: 20,
            ("one HGET", key => redis.Database.HashGetAsync(key, "data")),
            ("one read by the cache", async key => await redis.Cache.GetOrCreateAsync(key, Absent.Factory, RedisGround.WithoutMemory)),
            ("script that gets 100 keys", _ => redis.Database.ScriptEvaluateAsync(Nothing, ManyNames)),
            ("script that reads 100, and counts", _ => redis.Database.ScriptEvaluateAsync(Count, ManyNames)),
            ("script that returns the data of 100", _ => redis.Database.ScriptEvaluateAsync(Data, ManyNames)),
            ("100 HGETs in a pipeline", _ => Task.WhenAll(ManyNames.Select(key => redis.Database.HashGetAsync(key, "data")))),
            ("100 by the tier", async _ => Array.ForEach(await redis.Tier.ReadManyAsync(Many, default), entry => entry.Dispose())),
            ("100 by the cache", async _ => await redis.Cache.GetManyAsync<string>(Many, RedisGround.WithoutMemory)));
    }

    private static async Task MeasureAsync(TextWriter output, int callers, int callsPerRound, params (string Name, Func<string, Task> Call)[] parts)
    {
        var rounds = parts.Select(_ => new List<(double Elapsed, double Processor)>(Rounds)).ToArray();
        for (int round = -WarmupRounds; round < Rounds; round++)
        {
            for (int part = 0; part < parts.Length; part++)
            {
                (double, double) measured = await RoundAsync(callers, callsPerRound, parts[part].Call);
                if (round >= 0)
                    rounds[part].Add(measured);
            }
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(callers == 1 ? "one caller" : $"{callers} callers"),-38}  us a call  processor us a call"));
        foreach (((string name, _), List<(double Elapsed, double Processor)> measured) in parts.Zip(rounds))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-38}  {Medians.Of(measured.Select(m => m.Elapsed)),9:F2}  {Medians.Of(measured.Select(m => m.Processor)),19:F2}"));
        output.WriteLine();
    }

    private static async Task<(double Elapsed, double Processor)> RoundAsync(int callers, int calls, Func<string, Task> call)
    {
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(CallAsync));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        double all = callers * calls;
        return (elapsed.TotalMicroseconds / all, (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / all);

        async Task CallAsync(int caller)
        {
            for (int i = 0; i < calls; i++)
                await call(RedisGround.KeyOf(caller, i));
        }
    }
}
