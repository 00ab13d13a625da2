using Microsoft.Extensions.Hosting;

namespace HybridTiered.Composition;

/// <summary>
/// Starts a cache's background work with the application, and ends it while the application still can wait for it. It asks for the cache when it is started:
/// hosts make their services before they validate options, and a cache with wrong ones would hide what is wrong elsewhere.
/// </summary>
internal sealed class CacheStarter(Func<TieredCache> cache) : IHostedService
{
    private TieredCache? _started;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _started = cache();
        _started.Core.EnsureStarted();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        _started?.Core.Chain.Background.WhenIdleAsync().WaitAsync(cancellationToken) ?? Task.CompletedTask;
}
