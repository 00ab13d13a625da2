using HybridTiered.Configuration;
using HybridTiered.TestServers.Processes;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Chains.Tests.Support;

/// <summary>One cache in a container of its own. Disposing it ends it as the end of an application does.</summary>
internal sealed class ChainCache : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public ChainCache(TimeProvider time, Action<HybridTieredBuilder> configure)
    {
        _services = new ServiceCollection().AddSingleton(time).AddHybridTiered(configure).BuildServiceProvider();
        Cache = _services.GetRequiredService<TieredCache>();
        Distributed = _services.GetRequiredService<IDistributedCache>();
    }

    public TieredCache Cache { get; }

    public IDistributedCache Distributed { get; }

    public CacheStatistics Statistics => Cache.GetStatistics();

    /// <summary>What has happened in a tier.</summary>
    public TierStatistics Of(Level level) => Statistics.Tiers.Single(t => t.Level == (int)level);

    /// <summary>Ends when nothing goes on behind calls.</summary>
    public Task QuietAsync() => Eventually.TrueAsync(() => Statistics is { Background: 0, Flights: 0 }, "nothing goes on behind calls");

    /// <summary>The value and its level, without computing it; <c>null</c> and 0 when there is none. What a hit leads to has happened when this ends.</summary>
    public async Task<(string? Value, int Level)> FindAsync(string key)
    {
        CacheResult<string> found = await Cache.TryGetAsync<string>(key);
        await QuietAsync();
        return (found.Value, found.Level);
    }

    public Task SetAsync(string key, string value, TimeSpan? expiration = null, string[]? tags = null) =>
        Cache.SetAsync(key, value, new TieredEntryOptions { Expiration = expiration }, tags).AsTask();

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
