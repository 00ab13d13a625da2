using HybridTiered.Configuration;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HybridTiered.Tests.Configuration;

[TestFixture, Category("Unit")]
public sealed class RegistrationTests
{
    private readonly ManualTimeProvider _time = new();

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_cache_is_the_HybridCache_whether_Microsofts_is_added_before_or_after(bool before)
    {
        var services = new ServiceCollection();
        if (before)
            services.TryAddSingleton<HybridCache, OtherHybridCache>();
        services.AddHybridTiered();
        if (!before)
            services.TryAddSingleton<HybridCache, OtherHybridCache>();
        await using ServiceProvider provider = services.BuildServiceProvider();

        Assert.That(provider.GetRequiredService<HybridCache>(), Is.SameAs(provider.GetRequiredService<TieredCache>()));
        Assert.That(provider.GetServices<HybridCache>().Count(), Is.EqualTo(1));
        Assert.That(provider.GetRequiredService<ITieredCache>(), Is.SameAs(provider.GetRequiredService<TieredCache>()));
        Assert.That(provider.GetRequiredService<IDistributedCache>(), Is.InstanceOf<TieredDistributedCache>().And.InstanceOf<IBufferDistributedCache>());
    }

    [Test]
    public async Task Of_two_registrations_the_last_decides_on_the_tiers_and_the_options_of_both_count()
    {
        var services = new ServiceCollection();
        services.AddHybridTiered(cache => cache.AddTier("first", _ => new InMemoryTier(_time)).Configure(options => options.MaximumKeyLength = 10));
        services.AddHybridTiered(cache => cache.AddTier("last", _ => new InMemoryTier(_time)).Configure(options => options.MaximumPayloadBytes = 20));
        await using ServiceProvider provider = services.BuildServiceProvider();
        TieredCacheOptions options = provider.GetRequiredService<IOptions<TieredCacheOptions>>().Value;

        Assert.That(provider.GetRequiredService<ITieredCache>().GetStatistics().Tiers.Select(tier => tier.Name), Is.EqualTo(new[] { "memory", "last" }));
        Assert.That((options.MaximumKeyLength, options.MaximumPayloadBytes), Is.EqualTo((10, 20L)));
        Assert.That(provider.GetServices<TieredCache>().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_IDistributedCache_registered_before_becomes_the_second_tier()
    {
        var foreign = new RecordingDistributedCache(_time);
        await using TestCache cache = TestCache.CreateDefault(_time, services => services.AddSingleton<IDistributedCache>(foreign));

        await cache.Hybrid.SetAsync("k", "v");
        await cache.Distributed.SetAsync("raw", [1], new());

        Assert.That(cache.Distributed, Is.InstanceOf<TieredDistributedCache>());
        Assert.That(foreign.Calls, Is.EqualTo(new[] { "Set k", "Set raw" }));
        Assert.That(cache.Statistics.Tiers.Select(t => t.Name), Is.EqualTo(new[] { "memory", "distributed" }));
    }

    [Test]
    public async Task Of_several_foreign_caches_the_last_before_ours_is_taken_and_never_our_own_face()
    {
        RecordingDistributedCache[] foreign = [new(_time), new(_time), new(_time)];
        var services = new ServiceCollection();
        services.AddSingleton<IDistributedCache>(foreign[0]);
        services.AddSingleton<IDistributedCache>(foreign[1]);
        services.AddHybridTiered(builder => builder.AddDistributedCache());
        services.AddSingleton<IDistributedCache>(foreign[2]);
        await using ServiceProvider provider = services.BuildServiceProvider();

        await provider.GetRequiredService<HybridCache>().SetAsync("k", "v");

        Assert.That(foreign.Select(f => f.Calls.Count), Is.EqualTo(new[] { 0, 1, 0 }));
    }

    [Test]
    public async Task A_foreign_cache_registered_after_ours_is_taken_where_there_is_no_other()
    {
        var foreign = new RecordingDistributedCache(_time);
        var services = new ServiceCollection();
        services.AddHybridTiered();
        services.AddSingleton<IDistributedCache>(foreign);
        await using ServiceProvider provider = services.BuildServiceProvider();

        await provider.GetRequiredService<HybridCache>().SetAsync("k", "v");

        Assert.That(foreign.Calls, Is.EqualTo(new[] { "Set k" }));
    }

    [Test]
    public async Task The_frameworks_stand_in_in_memory_is_no_tier_unless_asked_for()
    {
        await using TestCache byDefault = TestCache.CreateDefault(_time, services => services.AddDistributedMemoryCache());
        await using TestCache asked = TestCache.Create(_time, b => b.AddDistributedCache(), services => services.AddDistributedMemoryCache());

        Assert.That((byDefault.Statistics.Tiers.Count, asked.Statistics.Tiers.Count), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Asking_for_a_foreign_cache_that_is_not_there_says_so()
    {
        using ServiceProvider provider = new ServiceCollection().AddHybridTiered(b => b.AddDistributedCache()).BuildServiceProvider();

        Assert.That(() => provider.GetRequiredService<HybridCache>(), Throws.InvalidOperationException.With.Message.Contains("AddDistributedCache"));
    }

    [Test]
    public async Task A_cache_given_by_a_factory_becomes_a_tier()
    {
        var foreign = new RecordingDistributedCache(_time);
        await using TestCache cache = TestCache.Create(_time, b => b.AddDistributedCache(_ => foreign, o => o.Name = "given"));

        await cache.Hybrid.SetAsync("k", "v");

        Assert.That((foreign.Calls.Single(), cache.Statistics.Tiers[1].Name), Is.EqualTo(("Set k", "given")));
    }

    [Test]
    public async Task Creating_the_cache_and_its_faces_touches_no_tier_and_no_backplane()
    {
        var foreign = new RecordingDistributedCache(_time);
        var tier = new InMemoryTier(_time);
        var hub = new InProcessBackplane(_time);
        await using TestCache cache = TestCache.Create(
            _time,
            b => b.AddTier("lower", _ => tier).AddDistributedCache().UseInProcessBackplane(hub),
            services => services.AddSingleton<IDistributedCache>(foreign));
        var touched = new List<string>();
        tier.Before = (operation, _) =>
        {
            touched.Add(operation);
            return default;
        };

        _ = (cache.Cache, cache.Hybrid, cache.Distributed, cache.Statistics);

        Assert.That((touched.Count, foreign.Calls.Count, hub.SubscriberCount), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public async Task The_distributed_face_does_not_even_make_the_cache_before_it_is_used()
    {
        int made = 0;
        await using TestCache cache = TestCache.Create(_time, b => b.AddTier("lower", _ =>
        {
            made++;
            return new InMemoryTier(_time);
        }));

        IDistributedCache face = cache.Distributed;
        Assert.That(made, Is.Zero);
        await face.SetAsync("k", [1], new());

        Assert.That(made, Is.EqualTo(1));
    }

    [Test]
    public async Task Keyed_caches_share_a_tier_and_no_entry()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, b => b.AddTier("shared", _ => tier), services => services
            .AddKeyedHybridTiered("catalog", b => b.AddTier("shared", _ => tier))
            .AddKeyedHybridTiered("prices", b => b.AddTier("shared", _ => tier).Configure(o => o.KeyPrefix = "p|")));
        HybridCache catalog = cache.Services.GetRequiredKeyedService<HybridCache>("catalog");
        HybridCache prices = cache.Services.GetRequiredKeyedService<HybridCache>("prices");

        await cache.Hybrid.SetAsync("k", "default", tags: ["t"]);
        await catalog.SetAsync("k", "catalog", tags: ["t"]);
        await prices.SetAsync("k", "prices", tags: ["t"]);
        await cache.Services.GetRequiredKeyedService<IDistributedCache>("catalog").SetAsync("raw", [1], new());
        await prices.RemoveByTagAsync("t");

        Assert.That(tier.Keys, Is.EqualTo(new[] { "catalog:k", "catalog:raw", "k", "p|__MSFT_HCT__t", "p|k" }));
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Value, Is.EqualTo("default"));
        Assert.That((await Keyed("catalog").TryGetAsync<string>("k")).Value, Is.EqualTo("catalog"));
        Assert.That((await Keyed("prices").TryGetAsync<string>("k")).Found, Is.False);
        Assert.That(catalog, Is.SameAs(Keyed("catalog")).And.Not.SameAs(Keyed("prices")));

        ITieredCache Keyed(string name) => cache.Services.GetRequiredKeyedService<ITieredCache>(name);
    }

    [Test]
    public void The_default_cache_leaves_keyed_ones_that_were_registered_before_it()
    {
        using ServiceProvider provider = new ServiceCollection().AddKeyedHybridTiered("catalog").AddHybridTiered().BuildServiceProvider();

        Assert.That(provider.GetRequiredKeyedService<HybridCache>("catalog"), Is.Not.SameAs(provider.GetRequiredService<HybridCache>()));
    }

    [Test]
    public void Two_caches_of_one_name_are_refused()
    {
        IServiceCollection services = new ServiceCollection().AddKeyedHybridTiered("catalog");

        Assert.That(() => services.AddKeyedHybridTiered("catalog"), Throws.ArgumentException.With.Message.Contains("'catalog'"));
        Assert.That(() => services.AddKeyedHybridTiered(" "), Throws.ArgumentException);
    }

    [Test]
    public async Task A_host_starts_the_subscription_and_ends_it()
    {
        var hub = new InProcessBackplane(_time);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHybridTiered(b => b.UseInProcessBackplane(hub));
        using (IHost host = builder.Build())
        {
            await host.StartAsync();
            await host.Services.GetRequiredService<TieredCache>().Core.WhenSettledAsync();
            Assert.That(hub.SubscriberCount, Is.EqualTo(1));
            await host.StopAsync();
        }

        Assert.That(hub.SubscriberCount, Is.Zero);
    }

    private sealed class OtherHybridCache : HybridCache
    {
        public override ValueTask<T> GetOrCreateAsync<TState, T>(
            string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null,
            IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override ValueTask SetAsync<T>(
            string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null,
            CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
