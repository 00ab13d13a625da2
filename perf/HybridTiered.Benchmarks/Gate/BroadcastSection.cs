using System.Diagnostics;
using System.Globalization;
using HybridTiered.Entries;
using HybridTiered.Invalidation;
using HybridTiered.TestServers.Redis;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>
/// What one instance makes of the invalidations that others broadcast: over a real subscription, but published by a script inside of the server, so that the sender
/// costs this process nothing.
/// </summary>
internal sealed class BroadcastSection : IGateSection
{
    private const double LeastPerSecond = 200_000;
    private const double MostOfACore = 0.01;

    private const int Messages = 20_000;
    private const int Rounds = 15;
    private const int QuietRate = 1_000;
    private const int QuietPairs = 5;
    private const string Channel = "cache:invalidate";
    private const string NobodysChannel = "nobody";
    private const string BareChannel = "bare";
    private const long ForeignOrigin = 1;

    // Key after key, each in a frame of its own with an id of its own, as the backplane publishes them.
    private const string Publish = """
        for i = 1, tonumber(ARGV[3]) do
          redis.call('PUBLISH', ARGV[1], 'M' .. ARGV[4] .. '-' .. i .. ' ' .. ARGV[2])
        end
        """;

    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(1);

    public IEnumerable<Verdict> Measure() => MeasureAsync().ToBlockingEnumerable();

    private static async IAsyncEnumerable<Verdict> MeasureAsync()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(server.EndPoint);
        await using ConnectionMultiplexer sender = await ConnectionMultiplexer.ConnectAsync(server.EndPoint);
        var services = new ServiceCollection();
        // The messages stand in no journal, so it is not to be read meanwhile.
        services.AddHybridTiered(cache => cache.AddMemory().AddRedis(multiplexer).UseRedisBackplane().Configure(options => options.JournalInterval = TimeSpan.FromHours(1)));
        await using ServiceProvider provider = services.BuildServiceProvider();
        TieredCache cache = provider.GetRequiredService<TieredCache>();
        while (cache.GetStatistics().Invalidations is not { IsConnected: true, CatchUps: > 0 })
        {
            await cache.TryGetAsync<string>("start");
            await Task.Delay(10);
        }
        await cache.SetAsync("product:1", "value", new HybridCacheEntryOptions { Expiration = TimeSpan.FromHours(1) });
        byte[] message = MessageOf("product:1");
        IDatabase database = sender.GetDatabase();

        var rates = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
            rates[i] = await BurstAsync(cache, database, message, i + 1);
        double rate = Median(rates);
        yield return new Verdict(
            "broadcasts handled",
            string.Create(CultureInfo.InvariantCulture, $"{rate:N0} /s"),
            string.Create(CultureInfo.InvariantCulture, $"{LeastPerSecond:N0} /s"),
            rate >= LeastPerSecond);

        // A subscriber that does nothing, in the client's own callback: no cache can take less.
        await multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(BareChannel), static (_, _) => { });
        var costs = new double[QuietPairs];
        var bareCosts = new double[QuietPairs];
        for (int i = 0; i < QuietPairs; i++)
        {
            TimeSpan heard = await TrickleAsync(database, Channel, message, Rounds + 1 + i);
            TimeSpan bare = await TrickleAsync(database, BareChannel, message, Rounds + 1 + i);
            TimeSpan unheard = await TrickleAsync(database, NobodysChannel, message, Rounds + 1 + i);
            costs[i] = (heard - unheard) / QuietTime;
            bareCosts[i] = (bare - unheard) / QuietTime;
        }
        double ofACore = Median(costs);
        yield return new Verdict(
            "broadcasts handled, 1,000 a second",
            string.Create(CultureInfo.InvariantCulture, $"{ofACore:P2} of a core (bare: {Median(bareCosts):P2})"),
            string.Create(CultureInfo.InvariantCulture, $"{MostOfACore:P2} of a core"),
            ofACore <= MostOfACore);
    }

    private static async Task<double> BurstAsync(TieredCache cache, IDatabase database, byte[] message, int round)
    {
        long before = Received(cache);
        long start = Stopwatch.GetTimestamp();
        Task sent = database.ScriptEvaluateAsync(Publish, [], [Channel, message, Messages, round]);
        while (Received(cache) < before + Messages)
            await Task.Delay(1);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        await sent;
        return Messages / time.TotalSeconds;
    }

    /// <summary>Publishes one message a millisecond.</summary>
    /// <returns>The processor time that this process took meanwhile.</returns>
    private static async Task<TimeSpan> TrickleAsync(IDatabase database, string channel, byte[] message, int round)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        int due = (int)(QuietRate * QuietTime.TotalSeconds);
        for (int sent = 0; sent < due; sent++)
        {
            database.Publish(RedisChannel.Literal(channel), Frame(round, sent, message), CommandFlags.FireAndForget);
            if (sent >= QuietRate * Stopwatch.GetElapsedTime(start).TotalSeconds)
                await pace.WaitForNextTickAsync();
        }
        while (Stopwatch.GetElapsedTime(start) < QuietTime)
            await pace.WaitForNextTickAsync();
        return Environment.CpuUsage.TotalTime - before;
    }

    private static byte[] Frame(int round, int number, byte[] message) => [.. System.Text.Encoding.ASCII.GetBytes($"M{round}-{number + 1} "), .. message];

    private static byte[] MessageOf(string key)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        MessageCodec.Write(new InvalidationMessage(InvalidationKind.Key, ForeignOrigin, DateTime.UtcNow.Ticks, [key], new EntryVersion(1)), buffer);
        return buffer.WrittenMemory.ToArray();
    }

    private static long Received(TieredCache cache) => cache.GetStatistics().Invalidations.Received[InvalidationKind.Key];

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
