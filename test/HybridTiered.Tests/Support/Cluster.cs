using HybridTiered.Configuration;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Support;

/// <summary>Several instances of one application on the same shared tiers, backplane and clock.</summary>
public sealed class Cluster(params Func<TimeProvider, ICacheTier>[] tiers) : IAsyncDisposable
{
    private readonly List<TestCache> _caches = [];
    private ICacheTier[]? _shared;

    public ManualTimeProvider Time { get; } = new();

    public InProcessBackplane Hub => field ??= new InProcessBackplane(Time);

    /// <summary>The tiers that all instances share; one <see cref="InMemoryTier"/> unless others were asked for.</summary>
    public IReadOnlyList<ICacheTier> Tiers => _shared ??= tiers.Length == 0 ? [new InMemoryTier(Time)] : [.. tiers.Select(make => make(Time))];

    /// <summary>The first shared tier.</summary>
    public InMemoryTier Shared => (InMemoryTier)Tiers[0];

    /// <summary>Adds an instance that is subscribed and has nothing left to do.</summary>
    /// <param name="configure">Changes its options.</param>
    /// <param name="local">A tier of its own between L1 and the shared ones.</param>
    /// <param name="backplane">Its backplane; a connection to <see cref="Hub"/> unless given.</param>
    /// <param name="time">Its clock; <see cref="Time"/> unless given.</param>
    /// <param name="shared">Changes the options of the shared tiers.</param>
    public async Task<TestCache> AddAsync(
        Action<TieredCacheOptions>? configure = null, ICacheTier? local = null, IBackplane? backplane = null, TimeProvider? time = null,
        Action<TierOptions>? shared = null)
    {
        TestCache cache = Add(configure, local, backplane, time, shared);
        await cache.SettleAsync();
        return cache;
    }

    /// <summary>Adds an instance that has not been used yet.</summary>
    public TestCache Add(
        Action<TieredCacheOptions>? configure = null, ICacheTier? local = null, IBackplane? backplane = null, TimeProvider? time = null,
        Action<TierOptions>? shared = null)
    {
        TestCache cache = TestCache.Create(time ?? Time, builder =>
        {
            builder.Configure(configure ?? (_ => { }));
            if (local is not null)
                builder.AddTier("local", _ => local);
            for (int i = 0; i < Tiers.Count; i++)
            {
                ICacheTier tier = Tiers[i];
                builder.AddTier("tier" + i, _ => tier, shared);
            }
            builder.UseBackplane(_ => backplane ?? Hub.Connect());
        });
        _caches.Add(cache);
        return cache;
    }

    /// <summary>Lets a little time pass, so that what comes is later on every instance's clock than what was.</summary>
    public void Tick() => Time.Advance(TimeSpan.FromMilliseconds(1));

    /// <summary>Waits until every instance has nothing left to do.</summary>
    public async Task SettleAsync()
    {
        // Twice, because what one of them does may be news to another that was asked before.
        for (int i = 0; i < 2; i++)
        {
            foreach (TestCache cache in _caches)
                await cache.SettleAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestCache cache in _caches)
        {
            Task disposal = cache.DisposeAsync().AsTask();
            // What a failed test left held back is given up when its time is over, and only here does that pass.
            while (!disposal.IsCompleted)
            {
                Time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
            await disposal;
        }
    }
}
