using HybridTiered.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Load.Caches;

/// <summary>One instance of the cache in a container of its own, as an application would have it.</summary>
internal sealed class CacheInstance : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly ServiceProvider _services;

    private CacheInstance(ServiceProvider services) => _services = services;

    public TieredCache Cache => _services.GetRequiredService<TieredCache>();

    /// <summary>An instance that has L1 alone.</summary>
    public static CacheInstance CreateLocal() => Create(static cache => cache.AddMemory());

    /// <summary>An instance without a backplane.</summary>
    /// <param name="configure">Says all that it has.</param>
    public static CacheInstance CreateLocal(Action<HybridTieredBuilder> configure) => Create(configure);

    /// <summary>An instance on Redis; ready when it hears the others.</summary>
    /// <param name="redis">Where Redis is.</param>
    /// <param name="prefix">Before every key and channel; the same for all instances of a run.</param>
    /// <param name="configure">Adds what else it needs.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static Task<CacheInstance> ConnectAsync(
        string redis, string prefix, Action<HybridTieredBuilder> configure, CancellationToken cancellationToken) =>
        ConnectAsync(
            cache =>
            {
                cache.AddRedis(redis).UseRedisBackplane().Configure(options => options.KeyPrefix = prefix);
                configure(cache);
            },
            cancellationToken);

    /// <summary>An instance with a backplane; ready when it hears the others.</summary>
    /// <param name="configure">Says all that it has.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task<CacheInstance> ConnectAsync(Action<HybridTieredBuilder> configure, CancellationToken cancellationToken)
    {
        CacheInstance instance = Create(configure);
        // The first operation starts it. The first look into the journal clears L1, so whatever is to stay in L1 comes after that.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StartTimeout);
        try
        {
            await instance.Cache.TryGetAsync<string>("start", cancellationToken: timeout.Token);
            while (instance.Cache.GetStatistics().Invalidations is not { IsConnected: true, CatchUps: > 0 })
                await Task.Delay(10, timeout.Token);
            return instance;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await instance.DisposeAsync();
            throw new TimeoutException($"The cache did not connect to Redis within {StartTimeout.TotalSeconds} s.");
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static CacheInstance Create(Action<HybridTieredBuilder> configure)
    {
        var services = new ServiceCollection();
        services.AddHybridTiered(configure);
        return new CacheInstance(services.BuildServiceProvider());
    }
}
