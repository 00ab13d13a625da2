using HybridTiered.Conformance;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Conformance;

/// <summary>Proves the suites by the fake, and the fake by the suites.</summary>
public static class InMemoryTierConformance
{
    [Category("Unit")]
    public sealed class AsCacheTier : CacheTierConformance
    {
        protected override TierHarness CreateHarness() => new InMemoryHarness();
    }

    [Category("Unit")]
    public sealed class AsConditionalTier : ConditionalTierConformance
    {
        protected override TierHarness CreateHarness() => new InMemoryHarness();
    }

    [Category("Unit")]
    public sealed class AsBulkTier : BulkTierConformance
    {
        protected override TierHarness CreateHarness() => new InMemoryHarness();
    }

    [Category("Unit")]
    public sealed class AsPatternTier : PatternTierConformance
    {
        protected override TierHarness CreateHarness() => new InMemoryHarness();
    }

    [Category("Unit")]
    public sealed class AsRefreshableTier : RefreshableTierConformance
    {
        protected override TierHarness CreateHarness() => new InMemoryHarness();
    }

    [Category("Unit")]
    public sealed class AsJournalFollower : JournalFollowerConformance
    {
        protected override TierHarness CreateHarness() => new InMemoryHarness();
    }
}
