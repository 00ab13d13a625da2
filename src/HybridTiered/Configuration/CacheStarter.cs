using Microsoft.Extensions.Hosting;

namespace HybridTiered.Configuration;

/// <summary>Starts a cache's background work with the application, and ends it while the application still can wait for it.</summary>
internal sealed class CacheStarter(TieredCache cache) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cache.Core.EnsureStarted();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => cache.Core.Chain.Background.WhenIdleAsync().WaitAsync(cancellationToken);
}
