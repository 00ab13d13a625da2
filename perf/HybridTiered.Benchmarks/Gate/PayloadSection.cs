using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>Payloads of nearly 1 MB through Redis: what a read and a write of them allocate, and how long they take beside the bare client.</summary>
internal sealed class PayloadSection : IGateSection
{
    // Beyond what the bare client allocates for the same command. Objects of this size and more go to the large object heap.
    private const double MostBytes = 85_000;

    // A copy of 1 MB costs a tenth of its way through a socket, so a second copy would show.
    private const double MostTime = 1.15;

    private const int PayloadBytes = 1_000_000;
    private const string Key = "large";

    // After a thousand calls the code has been optimised; a hundred do not bring the JIT compiler to it, and its first version of a set takes a tenth of the whole call longer.
    private static readonly AsyncPair Pair = new(Callers: 1, CallsPerRound: 10, Rounds: 61, WarmupRounds: 100);

    public IEnumerable<Verdict> Measure() => MeasureAsync().ToBlockingEnumerable();

    private static async IAsyncEnumerable<Verdict> MeasureAsync()
    {
        await using RedisGround redis = await RedisGround.StartAsync(
            static services => services.AddSingleton<IHybridCacheSerializer<Payload>>(new PayloadSerializer(new byte[PayloadBytes])));
        await redis.Cache.SetAsync(Key, default(Payload), new HybridCacheEntryOptions { Expiration = TimeSpan.FromHours(1) });

        yield return Of("1 MB from Redis", await Pair.CompareAsync(Reads(redis.Cache), BareReads(redis.Database)));
        yield return Of("1 MB to Redis", await Pair.CompareAsync(Writes(redis.Cache), BareWrites(redis.Database)));
    }

    private static Verdict Of(string name, AsyncMeasured measured) => new(
        name,
        string.Create(CultureInfo.InvariantCulture, $"{measured.TimeRatio:F2}x {measured.Bytes - measured.YardstickBytes:N0} B more than {measured.YardstickBytes:N0} ({measured.Microseconds:F0} us)"),
        string.Create(CultureInfo.InvariantCulture, $"{MostTime:F2}x < {MostBytes:N0} B"),
        measured.TimeRatio <= MostTime && measured.Bytes - measured.YardstickBytes < MostBytes);

    private static Func<int, int, Task> Reads(TieredCache cache) => async (_, calls) =>
    {
        for (int i = 0; i < calls; i++)
        {
            Payload payload = await cache.GetOrCreateAsync<Payload>(Key, static _ => throw new InvalidOperationException("The payload was not found."), RedisGround.WithoutMemory);
            if (payload.Length != PayloadBytes)
                throw new InvalidOperationException("The payload is not the one that was set.");
        }
    };

    private static Func<int, int, Task> BareReads(IDatabase database) => async (_, calls) =>
    {
        for (int i = 0; i < calls; i++)
            using ((await database.HashGetLeaseAsync(Key, "data"))!) { }
    };

    private static Func<int, int, Task> Writes(TieredCache cache) => async (_, calls) =>
    {
        for (int i = 0; i < calls; i++)
            await cache.SetAsync("ours", default(Payload), RedisGround.WithoutMemory);
    };

    private static Func<int, int, Task> BareWrites(IDatabase database)
    {
        byte[] data = new byte[PayloadBytes];
        return async (_, calls) =>
        {
            for (int i = 0; i < calls; i++)
                await database.HashSetAsync("bare", "data", data);
        };
    }

    /// <summary>Stands for bytes that somebody else keeps, so that the value itself allocates nothing.</summary>
    private readonly record struct Payload(long Length);

    private sealed class PayloadSerializer(byte[] content) : IHybridCacheSerializer<Payload>
    {
        public Payload Deserialize(ReadOnlySequence<byte> source) => new(source.Length);

        public void Serialize(Payload value, IBufferWriter<byte> target) => target.Write(content);
    }
}
