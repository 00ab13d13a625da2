using HybridTiered;
using HybridTiered.Invalidation;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace UnitTesting.Tests;

[TestFixture, Category("Unit")]
public sealed class PricesTests
{
    private readonly List<ServiceProvider> _instances = [];
    private TestClock _clock = null!;
    private InProcessBackplane _backplane = null!;
    private MemoryDistributedCache _shared = null!;
    private decimal _price;
    private int _loads;

    [SetUp]
    public void Create()
    {
        _clock = new TestClock();
        _backplane = new InProcessBackplane(_clock);
        _shared = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        (_price, _loads) = (10, 0);
    }

    [TearDown]
    public async Task DisposeAsync()
    {
        foreach (ServiceProvider instance in _instances)
            await instance.DisposeAsync();
        _instances.Clear();
    }

    #region expiry
    [Test]
    public async Task A_price_is_loaded_again_after_five_minutes()
    {
        Prices prices = new(AddInstance().GetRequiredService<HybridCache>(), LoadAsync);
        await prices.FindAsync(1);
        _clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await prices.FindAsync(1);
        int before = _loads;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await prices.FindAsync(1);

        Assert.That((before, _loads), Is.EqualTo((1, 2)));
    }
    #endregion

    #region fail-safe
    [Test]
    public async Task While_the_service_is_down_the_last_price_is_served()
    {
        Prices prices = new(AddInstance().GetRequiredService<HybridCache>(), LoadAsync);
        await prices.FindAsync(1);
        Prices failing = new(_instances[0].GetRequiredService<HybridCache>(), _ => throw new InvalidOperationException("down"));
        _clock.Advance(TimeSpan.FromMinutes(30));

        Assert.That(await failing.FindAsync(1), Is.EqualTo(10m));
    }
    #endregion

    #region two-instances
    [Test]
    public async Task A_change_at_one_instance_is_seen_by_the_other()
    {
        ServiceProvider one = AddInstance(), other = AddInstance();
        Prices here = new(one.GetRequiredService<HybridCache>(), LoadAsync), there = new(other.GetRequiredService<HybridCache>(), LoadAsync);
        await here.FindAsync(1);
        await there.FindAsync(1);

        _price = 12;
        await here.ChangedAsync(1);
        await ReceivedAsync(other, InvalidationKind.Key);

        Assert.That((await here.FindAsync(1), await there.FindAsync(1)), Is.EqualTo((12m, 12m)));
    }
    #endregion

    #region instance
    private ServiceProvider AddInstance()
    {
        ServiceProvider instance = new ServiceCollection()
            .AddSingleton<TimeProvider>(_clock)
            .AddHybridTiered(cache => cache.AddDistributedCache(_ => _shared).UseInProcessBackplane(_backplane))
            .BuildServiceProvider();
        _instances.Add(instance);
        return instance;
    }
    #endregion

    #region received
    // Messages are applied behind the call that sent them, so the test waits for what it can observe.
    private static async Task ReceivedAsync(ServiceProvider instance, InvalidationKind kind)
    {
        ITieredCache cache = instance.GetRequiredService<ITieredCache>();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (cache.GetStatistics().Invalidations.Received.GetValueOrDefault(kind) == 0)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
    #endregion

    private Task<decimal> LoadAsync(int id)
    {
        _loads++;
        return Task.FromResult(_price);
    }
}
