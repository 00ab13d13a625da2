using HybridTiered.Configuration;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Tests.Support;

/// <summary>One cache instance in a container of its own, on a clock that the test moves. Two of them that share a tier and a backplane are two instances of an application.</summary>
public sealed class TestCache : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private TestCache(ServiceProvider services) => _services = services;

    public TieredCache Cache => _services.GetRequiredService<TieredCache>();

    public HybridCache Hybrid => _services.GetRequiredService<HybridCache>();

    public IDistributedCache Distributed => _services.GetRequiredService<IDistributedCache>();

    public IServiceProvider Services => _services;

    public CacheStatistics Statistics => Cache.GetStatistics();

    public RecordingLogger Log => _services.GetRequiredService<RecordingLogger>();

    /// <summary>Makes an instance. The tiers are not disposed with it unless the test says so: several instances share them.</summary>
    public static TestCache Create(TimeProvider time, Action<HybridTieredBuilder> configure, Action<IServiceCollection>? services = null) =>
        Build(time, configure, services);

    /// <summary>Makes an instance whose tiers nobody has described.</summary>
    public static TestCache CreateDefault(TimeProvider time, Action<IServiceCollection> services) => Build(time, null, services);

    /// <summary>Makes an instance that has L1 alone.</summary>
    public static TestCache Create(TimeProvider time) => Create(time, _ => { });

    /// <summary>Makes an instance on some tiers and, if given, a backplane.</summary>
    public static TestCache Create(TimeProvider time, InProcessBackplane? backplane, params ICacheTier[] tiers) =>
        Create(time, builder =>
        {
            for (int i = 0; i < tiers.Length; i++)
            {
                ICacheTier tier = tiers[i];
                builder.AddTier("tier" + i, _ => tier);
            }
            if (backplane is not null)
                builder.UseInProcessBackplane(backplane);
        });

    /// <summary>Waits until writes behind have ended and every message that was sent has been applied.</summary>
    public Task SettleAsync() => Cache.Core.WhenSettledAsync();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static TestCache Build(TimeProvider time, Action<HybridTieredBuilder>? configure, Action<IServiceCollection>? services)
    {
        var collection = new ServiceCollection();
        collection.AddSingleton(time);
        collection.AddSingleton<RecordingLogger>();
        collection.AddSingleton<ILoggerFactory>(provider => provider.GetRequiredService<RecordingLogger>());
        services?.Invoke(collection);
        collection.AddHybridTiered(configure);
        return new TestCache(collection.BuildServiceProvider());
    }
}
