using HybridTiered.Conformance;
using HybridTiered.Disk.Tests.Support;

namespace HybridTiered.Disk.Tests.Conformance;

/// <summary>What every tier does, done by the disk tier.</summary>
public static class DiskTierConformance
{
    [Category("Unit")]
    public sealed class AsCacheTier : CacheTierConformance
    {
        protected override TierHarness CreateHarness() => new DiskHarness();
    }

    [Category("Unit")]
    public sealed class AsBulkTier : BulkTierConformance
    {
        protected override TierHarness CreateHarness() => new DiskHarness();
    }

    [Category("Unit")]
    public sealed class AsPatternTier : PatternTierConformance
    {
        protected override TierHarness CreateHarness() => new DiskHarness();
    }

    [Category("Unit")]
    public sealed class AsRefreshableTier : RefreshableTierConformance
    {
        protected override TierHarness CreateHarness() => new DiskHarness();
    }

    [Category("Unit")]
    public sealed class AsJournalFollower : JournalFollowerConformance
    {
        protected override TierHarness CreateHarness() => new DiskHarness();
    }
}
