using HybridTiered.Conformance;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Conformance;

/// <summary>The adapter over the framework's own memory cache.</summary>
public static class DistributedCacheTierConformance
{
    [Category("Unit")]
    public sealed class AsCacheTier : CacheTierConformance
    {
        protected override TierHarness CreateHarness() => new Harness();
    }

    [Category("Unit")]
    public sealed class AsRefreshableTier : RefreshableTierConformance
    {
        protected override TierHarness CreateHarness() => new Harness();
    }

    private sealed class Harness : TierHarness
    {
        private readonly ManualTimeProvider _time = new();

        public override bool AdvancesForFree => true;

        public override ValueTask<ICacheTier> CreateAsync() => new(MemoryDistributed.CreateTier(_time));

        public override ValueTask AdvanceAsync(TimeSpan by)
        {
            _time.Advance(by);
            return ValueTask.CompletedTask;
        }
    }
}
