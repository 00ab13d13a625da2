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
/// What one instance makes of the invalidations that others broadcast, over a real subscription. A burst is published by a script inside of the server and costs this
/// process nothing to send; what it costs to send one at a time is measured too, and taken off.
/// </summary>
internal sealed class BroadcastSection : IGateSection
{
    private const double LeastPerSecond = 200_000;
    private const double MostOfACore = 0.01;

    private const int Messages = 20_000;
    private const int Rounds = 15;
    private const int QuietRate = 1_000;
    private const int QuietPairs = 11;
    private const long ForeignOrigin = 1;

    // Longer than a round, as the journal of who broadcasts so much has to be.
    private const int JournalLength = 50_000;

    // As the backplane does it: an entry of the journal and a frame that tells its id and that of the entry before.
    private const string Broadcast = """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'message', ARGV[3], 'type', 'key', 'name', 'product:1')
        redis.call('PUBLISH', ARGV[1], 'M' .. id .. ' ' .. (last and last[1] or '0-0') .. ' ' .. ARGV[3])
        """;

    // The same for very many in two steps. Alone, the server adds to a stream as slowly as the limit demands that an instance handles messages: it would be measured.
    // Returns the entry that they follow; their own ids have the time given and are numbered from 1.
    private const string AddBurst = """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        for i = 1, tonumber(ARGV[3]) do
          redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], ARGV[4] .. '-' .. i, 'message', ARGV[2], 'type', 'key', 'name', 'product:1')
        end
        return last and last[1] or '0-0'
        """;

    private const string PublishBurst = """
        local previous = ARGV[5]
        for i = 1, tonumber(ARGV[3]) do
          local id = ARGV[4] .. '-' .. i
          redis.call('PUBLISH', ARGV[1], 'M' .. id .. ' ' .. previous .. ' ' .. ARGV[2])
          previous = id
        end
        """;

    private static readonly Place Heard = new("cache:invalidations", "cache:invalidate");
    private static readonly Place Unheard = new("nobody:invalidations", "nobody:invalidate");
    private static readonly Place Bare = new("bare:invalidations", "bare:invalidate");

    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public IEnumerable<Verdict> Measure() => MeasureAsync().ToBlockingEnumerable();

    private static async IAsyncEnumerable<Verdict> MeasureAsync()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync(server.EndPoint);
        await using ConnectionMultiplexer sender = await ConnectionMultiplexer.ConnectAsync(server.EndPoint);
        var services = new ServiceCollection();
        services.AddHybridTiered(cache => cache.AddMemory().AddRedis(multiplexer)
            .UseRedisBackplane(options => options.JournalLength = JournalLength)
            .Configure(options => options.JournalInterval = TimeSpan.FromHours(1)));
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

        // Whoever reads the journal meanwhile handles broadcasts in another way than the one measured.
        long catchUps = cache.GetStatistics().Invalidations.CatchUps;
        long firstTime = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var rates = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
            rates[i] = await BurstAsync(cache, database, message, firstTime + i);
        double rate = Medians.Of(rates);
        yield return new Verdict(
            "broadcasts handled",
            string.Create(CultureInfo.InvariantCulture, $"{rate:N0} /s"),
            string.Create(CultureInfo.InvariantCulture, $"{LeastPerSecond:N0} /s"),
            rate >= LeastPerSecond);

        long read = cache.GetStatistics().Invalidations.CatchUps - catchUps;
        // The first of a journal, which follows nothing, is looked after.
        if (read > 1)
            throw new InvalidOperationException($"The journal was read {read} times while nothing was lost.");

        // A subscriber that does nothing, in the client's own callback: no cache can take less.
        await multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(Bare.Channel), static (_, _) => { });
        var costs = new double[QuietPairs];
        var bareCosts = new double[QuietPairs];
        for (int i = 0; i < QuietPairs; i++)
        {
            TimeSpan heard = await TrickleAsync(database, Heard, message);
            TimeSpan bare = await TrickleAsync(database, Bare, message);
            TimeSpan unheard = await TrickleAsync(database, Unheard, message);
            costs[i] = (heard - unheard) / QuietTime;
            bareCosts[i] = (bare - unheard) / QuietTime;
        }
        double ofACore = Medians.Of(costs);
        yield return new Verdict(
            "broadcasts handled, 1,000 a second",
            string.Create(CultureInfo.InvariantCulture, $"{ofACore:P2} of a core (bare: {Medians.Of(bareCosts):P2})"),
            string.Create(CultureInfo.InvariantCulture, $"{MostOfACore:P2} of a core"),
            ofACore <= MostOfACore);
    }

    private static async Task<double> BurstAsync(TieredCache cache, IDatabase database, byte[] message, long idTime)
    {
        var previous = (string?)await database.ScriptEvaluateAsync(AddBurst, [Heard.Journal], [JournalLength, message, Messages, idTime]);
        long before = Received(cache);
        long start = Stopwatch.GetTimestamp();
        Task sent = database.ScriptEvaluateAsync(PublishBurst, [], [Heard.Channel, message, Messages, idTime, previous]);
        while (Received(cache) < before + Messages)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new InvalidOperationException($"Of {Messages} broadcasts {Received(cache) - before} were handled.");
            await Task.Delay(1);
        }
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        await sent;
        return Messages / time.TotalSeconds;
    }

    /// <summary>Publishes one message a millisecond.</summary>
    /// <returns>The processor time that this process took meanwhile.</returns>
    private static async Task<TimeSpan> TrickleAsync(IDatabase database, Place place, byte[] message)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        int due = (int)(QuietRate * QuietTime.TotalSeconds);
        for (int sent = 0; sent < due; sent++)
        {
            _ = database.ScriptEvaluateAsync(Broadcast, [place.Journal], [place.Channel, JournalLength, message], CommandFlags.FireAndForget);
            if (sent >= QuietRate * Stopwatch.GetElapsedTime(start).TotalSeconds)
                await pace.WaitForNextTickAsync();
        }
        while (Stopwatch.GetElapsedTime(start) < QuietTime)
            await pace.WaitForNextTickAsync();
        return Environment.CpuUsage.TotalTime - before;
    }

    private static byte[] MessageOf(string key)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        MessageCodec.Write(new InvalidationMessage(InvalidationKind.Key, ForeignOrigin, DateTime.UtcNow.Ticks, [key], new EntryVersion(1)), buffer);
        return buffer.WrittenMemory.ToArray();
    }

    private static long Received(TieredCache cache) => cache.GetStatistics().Invalidations.Received[InvalidationKind.Key];

    /// <summary>A journal, and the channel that goes with it.</summary>
    private sealed record Place(string Journal, string Channel);
}
