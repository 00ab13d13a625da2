using HybridTiered.Conformance;
using HybridTiered.Memcached.Tests.Support;

namespace HybridTiered.Memcached.Tests.Conformance;

/// <summary>The suites on meta commands.</summary>
public static class MetaCommandsConformance
{
    [Category("Memcached"), FixtureLifeCycle(LifeCycle.InstancePerTestCase), Parallelizable(ParallelScope.All)]
    public sealed class AsCacheTier : CacheTierConformance
    {
        protected override TierHarness CreateHarness() => new MemcachedHarness(MemcachedProtocol.Automatic);
    }

    [Category("Memcached"), FixtureLifeCycle(LifeCycle.InstancePerTestCase), Parallelizable(ParallelScope.All)]
    public sealed class AsConditionalTier : ConditionalTierConformance
    {
        protected override TierHarness CreateHarness() => new MemcachedHarness(MemcachedProtocol.Automatic);
    }

    [Category("Memcached"), FixtureLifeCycle(LifeCycle.InstancePerTestCase), Parallelizable(ParallelScope.All)]
    public sealed class AsBulkTier : BulkTierConformance
    {
        protected override TierHarness CreateHarness() => new MemcachedHarness(MemcachedProtocol.Automatic);
    }

    [Category("Memcached"), FixtureLifeCycle(LifeCycle.InstancePerTestCase), Parallelizable(ParallelScope.All)]
    public sealed class AsRefreshableTier : RefreshableTierConformance
    {
        protected override TierHarness CreateHarness() => new MemcachedHarness(MemcachedProtocol.Automatic);
    }
}
