using System.Threading.Tasks.Sources;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Tests.Chain;

/// <summary>What the chain itself allocates, beside the value. Without optimisation every asynchronous method that is called allocates its state, so there is more room then.</summary>
[TestFixture, Category("Unit")]
public sealed class LowerReadAllocationTests
{
    private const int Rounds = 50;
    private const int CallsPerRound = 2_000;
#if DEBUG
    private const int MostPerHit = 1_000;
    private const int MostPerMiss = 1_400;
#else
    private const int MostPerHit = 32;
    private const int MostPerMiss = 320;
#endif

    private static readonly HybridCacheEntryOptions WithoutMemory = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    [Test]
    public async Task A_hit_below_L1_that_is_waited_for_allocates_its_value_alone()
    {
        await using var tier = new RepeatingTier();
        await using TestCache cache = TestCache.Create(TimeProvider.System, null, tier);
        await cache.Hybrid.SetAsync("k", "v", new HybridCacheEntryOptions { Expiration = TimeSpan.FromHours(1) });
        Func<CancellationToken, ValueTask<string>> factory = static _ => throw new InvalidOperationException("The entry was not found.");
        // The first hit reads what is stored of tags, on another thread.
        await cache.Hybrid.GetOrCreateAsync("k", factory, WithoutMemory);
        tier.Waits = true;

        Assert.That(LeastPerCall(MostPerHit, _ =>
        {
            ValueTask<string> hit = cache.Hybrid.GetOrCreateAsync("k", factory, WithoutMemory);
            tier.Answer();
            return hit;
        }), Is.LessThanOrEqualTo(MostPerHit));
    }

    [Test]
    public async Task A_miss_with_L1_alone_allocates_little_more_than_its_entry()
    {
        await using TestCache cache = TestCache.Create(TimeProvider.System);
        string[] keys = [.. Enumerable.Range(0, Rounds * CallsPerRound).Select(i => $"k{i}")];

        Assert.That(LeastPerCall(MostPerMiss, i => cache.Hybrid.GetOrCreateAsync(keys[i], static _ => new ValueTask<string>("v"))), Is.LessThanOrEqualTo(MostPerMiss));
    }

    // On a thread of its own, because a factory is recognised by the execution context, and that of a test holds more than the cache's mark.
    private static long LeastPerCall(int wanted, Func<int, ValueTask<string>> call)
    {
        long least = 0;
        var thread = new Thread(() => least = LeastPerCallHere(wanted, call));
        thread.UnsafeStart();
        thread.Join();
        return least;
    }

    // Until the compiler is done with the code, which then allocates less.
    private static long LeastPerCallHere(int wanted, Func<int, ValueTask<string>> call)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds && least > wanted; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < CallsPerRound; i++)
            {
                ValueTask<string> answer = call((round * CallsPerRound) + i);
                _ = answer.IsCompletedSuccessfully ? answer.Result : answer.AsTask().GetAwaiter().GetResult();
            }
            least = Math.Min(least, (GC.GetAllocatedBytesForCurrentThread() - before) / CallsPerRound);
        }
        return least;
    }

    /// <summary>Has one entry and, once told to wait, answers when it is told to, without allocating.</summary>
    private sealed class RepeatingTier : ICacheTier, IValueTaskSource<TierEntry>
    {
        private ManualResetValueTaskSourceCore<TierEntry> _answer;
        private byte[]? _data;

        public bool Waits { get; set; }

        public TierReach Reach => TierReach.Shared;

        public ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
        {
            if (key != "k")
                return default;
            if (!Waits)
                return new ValueTask<TierEntry>(new TierEntry(_data));
            _answer.Reset();
            return new ValueTask<TierEntry>(this, _answer.Version);
        }

        public void Answer() => _answer.SetResult(new TierEntry(_data));

        public ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
        {
            _data = data.ToArray();
            return default;
        }

        public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;

        public TierEntry GetResult(short token) => _answer.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _answer.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _answer.OnCompleted(continuation, state, token, flags);
    }
}
