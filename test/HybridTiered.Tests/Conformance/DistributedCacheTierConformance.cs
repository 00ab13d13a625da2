using HybridTiered.Conformance;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Adapters;

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
        private readonly BreakableDistributedCache _cache;

        public Harness() => _cache = new BreakableDistributedCache(MemoryDistributed.CreateCache(_time));

        public override bool AdvancesForFree => true;

        public override bool CanBreak => true;

        public override ValueTask<ICacheTier> CreateAsync() => new(new DistributedCacheTier(_cache));

        public override ValueTask BreakAsync()
        {
            _cache.IsBroken = true;
            return ValueTask.CompletedTask;
        }

        public override ValueTask RepairAsync()
        {
            _cache.IsBroken = false;
            return ValueTask.CompletedTask;
        }

        public override ValueTask AdvanceAsync(TimeSpan by)
        {
            _time.Advance(by);
            return ValueTask.CompletedTask;
        }
    }
}
