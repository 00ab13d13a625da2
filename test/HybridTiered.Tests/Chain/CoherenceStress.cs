using System.Collections.Concurrent;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests.Chain;

/// <summary>
/// Several instances on one shared tier and backplane read, set and invalidate at random what a versioned source holds, in rounds. Checked are:
/// <list type="bullet">
/// <item>no read finds what is older than the last invalidation that had returned on its instance when it began;</item>
/// <item>when a round is over and everything settled, every tier has the newest version or nothing;</item>
/// <item>no later read on any instance finds what is older than that.</item>
/// </list>
/// One writer at a time changes a key, because who is last is decided by the source and not by the cache.
/// </summary>
internal sealed class CoherenceStress(int seed, InMemoryTier shared)
{
    private const int Keys = 24;
    private const int Instances = 3;
    private const int OperationsPerRound = 400;

    private readonly ConcurrentQueue<string> _violations = new();
    private readonly long[] _source = new long[Keys];
    private readonly long[,] _floor = new long[Instances, Keys];
    private readonly SemaphoreSlim[] _writers = [.. Enumerable.Range(0, Keys).Select(_ => new SemaphoreSlim(1))];
    private readonly InProcessBackplane _hub = new();
    private readonly List<(TestCache Cache, InProcessConnection Connection)> _instances = [];

    /// <summary>Operations carried out.</summary>
    public int Operations { get; private set; }

    /// <summary>Runs on a tier that keeps its promises, and expects nothing to be violated.</summary>
    public static async Task AssertCoherentAsync(int seed, TimeSpan duration)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var stress = new CoherenceStress(seed, new InMemoryTier(TimeProvider.System));

        IReadOnlyCollection<string> violations = await stress.RunAsync(duration);

        TestContext.Out.WriteLine($"{stress.Operations} operations");
        Assert.That(violations, Is.Empty);
        Assert.That(stress.Operations, Is.Positive);
    }

    /// <summary>Runs rounds until the time is over or something was violated.</summary>
    public async Task<IReadOnlyCollection<string>> RunAsync(TimeSpan duration)
    {
        var noise = new Random(seed);
        shared.Before = async (_, _) =>
        {
            for (int i = Below(noise, 4); i > 0; i--)
                await Task.Yield();
        };
        for (int i = 0; i < Instances; i++)
            _instances.Add(Create(hasDisk: i == 2));
        long end = Environment.TickCount64 + (long)duration.TotalMilliseconds;
        for (int round = 0; Environment.TickCount64 < end && _violations.IsEmpty; round++)
        {
            int own = round;
            await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(() => WorkAsync(new Random(HashCode.Combine(seed, own, worker))))));
            await SettleAsync();
            await CheckQuietAsync(round);
            Operations += 6 * OperationsPerRound;
        }
        foreach ((TestCache cache, _) in _instances)
            await cache.DisposeAsync();
        return _violations;
    }

    private static string Key(int key) => $"group{key % 4}:{key}";

    private static string Tag(int key) => "tag" + (key % 5);

    private static int Below(Random random, int limit)
    {
        lock (random)
            return random.Next(limit);
    }

    private (TestCache, InProcessConnection) Create(bool hasDisk)
    {
        InProcessConnection connection = _hub.Connect();
        TestCache cache = TestCache.Create(TimeProvider.System, builder =>
        {
            if (hasDisk)
                builder.AddTier("disk", _ => new InMemoryMachineTier(TimeProvider.System));
            builder.AddTier("shared", _ => shared);
            builder.UseBackplane(_ => new OneClockBackplane(connection));
        });
        return (cache, connection);
    }

    private async Task WorkAsync(Random random)
    {
        for (int i = 0; i < OperationsPerRound && _violations.IsEmpty; i++)
        {
            int instance = random.Next(Instances);
            int key = random.Next(Keys);
            int choice = random.Next(100);
            if (choice < 80)
                await ReadAsync(instance, key, choice, random);
            else
                await ChangeAsync(instance, key, choice);
            if (choice == 79)
                _instances[instance].Connection.LosesMessages = random.Next(2) == 0;
        }
    }

    private async Task ReadAsync(int instance, int key, int choice, Random random)
    {
        HybridCache cache = _instances[instance].Cache.Hybrid;
        long floor = Volatile.Read(ref _floor[instance, key]);
        int yields = random.Next(6);
        long found = choice switch
        {
            < 50 => await cache.GetOrCreateAsync(Key(key), async _ =>
            {
                long version = Volatile.Read(ref _source[key]);
                for (int i = 0; i < yields; i++)
                    await Task.Yield();
                return version;
            }, tags: [Tag(key)]),
            < 70 => await _instances[instance].Cache.Cache.TryGetAsync<long>(Key(key)) is { Found: true } hit ? hit.Value : long.MaxValue,
            _ => (await _instances[instance].Cache.Cache.GetManyAsync<long>([Key(key), Key((key + 1) % Keys)])).GetValueOrDefault(Key(key), long.MaxValue),
        };
        if (found < floor)
            _violations.Enqueue($"instance {instance} read {Key(key)} version {found} after {floor} had been settled or invalidated there");
    }

    private async Task ChangeAsync(int instance, int key, int choice)
    {
        TestCache cache = _instances[instance].Cache;
        await _writers[key].WaitAsync();
        try
        {
            long version = Interlocked.Increment(ref _source[key]);
            Task change = choice switch
            {
                < 84 => cache.Hybrid.RemoveAsync(Key(key)).AsTask(),
                < 87 => cache.Hybrid.RemoveAsync([Key(key), Key((key + 1) % Keys)]).AsTask(),
                < 90 => cache.Hybrid.RemoveByTagAsync(Tag(key)).AsTask(),
                < 92 => cache.Cache.RemoveByPatternAsync($"group{key % 4}:*").AsTask(),
                < 93 => cache.Cache.ClearAsync().AsTask(),
                < 97 => cache.Hybrid.SetAsync(Key(key), version, tags: [Tag(key)]).AsTask(),
                _ => cache.Cache.UpdateAsync(Key(key), version, tags: [Tag(key)]).AsTask(),
            };
            await change;
            Volatile.Write(ref _floor[instance, key], version);
        }
        finally
        {
            _writers[key].Release();
        }
    }

    private async Task SettleAsync()
    {
        foreach ((_, InProcessConnection connection) in _instances)
        {
            connection.LosesMessages = false;
            connection.Reconnect();
        }
        for (int i = 0; i < 2; i++)
        {
            foreach ((TestCache cache, _) in _instances)
                await cache.SettleAsync();
        }
    }

    private async Task CheckQuietAsync(int round)
    {
        for (int instance = 0; instance < Instances; instance++)
        {
            TestCache cache = _instances[instance].Cache;
            for (int key = 0; key < Keys; key++)
            {
                await CheckNewestAsync(cache, instance, key, round);
                cache.Cache.Core.Chain.Memory.Remove(Key(key));
                await CheckNewestAsync(cache, instance, key, round);
                Volatile.Write(ref _floor[instance, key], _source[key]);
            }
        }
    }

    private async Task CheckNewestAsync(TestCache cache, int instance, int key, int round)
    {
        CacheResult<long> found = await cache.Cache.TryGetAsync<long>(Key(key));
        if (found.Found && found.Value != _source[key])
            _violations.Enqueue($"after round {round} instance {instance} has {Key(key)} version {found.Value} in {found.Source} where {_source[key]} is the newest");
    }

    /// <summary>All instances are on one machine and so on one clock; measuring it could only make it worse.</summary>
    private sealed class OneClockBackplane(InProcessConnection connection) : IBackplane, IJournal
    {
        public ValueTask<JournalId> PublishAsync(InvalidationMessage message, CancellationToken cancellationToken) =>
            connection.PublishAsync(message, cancellationToken);

        public ValueTask SubscribeAsync(IBackplaneReceiver receiver, CancellationToken cancellationToken) => connection.SubscribeAsync(receiver, cancellationToken);

        public ValueTask<JournalId> ReadLastIdAsync(CancellationToken cancellationToken) => connection.ReadLastIdAsync(cancellationToken);

        public ValueTask<JournalPage> ReadAfterAsync(JournalId after, int maximum, CancellationToken cancellationToken) =>
            connection.ReadAfterAsync(after, maximum, cancellationToken);

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
