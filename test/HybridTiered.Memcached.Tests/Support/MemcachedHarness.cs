using HybridTiered.Conformance;
using HybridTiered.TestServers.Memcached;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Tests.Support;

/// <summary>A tier on a memcached of its own. Sliding windows end up to two seconds late, as the tier documents.</summary>
internal sealed class MemcachedHarness(MemcachedProtocol protocol) : TierHarness
{
    private const int ItemBytes = 8 * 1024 * 1024;

    private MemcachedServer? _server;
    private MemcachedTier? _tier;

    public override TimeSpan Lateness => TimeSpan.FromSeconds(2.3);

    public override bool CanBreak => true;

    public override bool CanReopen => true;

    public override async ValueTask<ICacheTier> CreateAsync()
    {
        _server = await MemcachedServer.StartAsync("-I", "8m", "-m", "128");
        return NewTier();
    }

    public override async ValueTask AdvanceAsync(TimeSpan by) => await Task.Delay(by);

    public override ValueTask BreakAsync()
    {
        _server!.Kill();
        return ValueTask.CompletedTask;
    }

    public override async ValueTask RepairAsync()
    {
        await _server!.StartAgainAsync();

        // The tier leaves a server alone for a moment that it could not reach.
        while ((await _tier!.GetServerStatisticsAsync(CancellationToken.None))[0].Fault is not null)
            await Task.Delay(20);
    }

    public override ValueTask<ICacheTier> ReopenAsync() => new(NewTier());

    public override ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return base.DisposeAsync();
    }

    private MemcachedTier NewTier() => _tier = new(new MemcachedTierOptions
    {
        Servers = { _server!.EndPoint },
        MaximumItemBytes = ItemBytes,
        VersionRetention = TimeSpan.FromSeconds(3),
        Protocol = protocol,
    });
}
