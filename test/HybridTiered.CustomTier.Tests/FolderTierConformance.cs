using CustomTier;
using HybridTiered.Conformance;
using HybridTiered.Tiers;

namespace HybridTiered.CustomTier.Tests;

/// <summary>What every tier does, and what refreshable ones do, done by the folder.</summary>
public static class FolderTierConformance
{
    [Category("Unit")]
    public sealed class AsCacheTier : CacheTierConformance
    {
        protected override TierHarness CreateHarness() => new FolderHarness();
    }

    [Category("Unit")]
    public sealed class AsRefreshableTier : RefreshableTierConformance
    {
        protected override TierHarness CreateHarness() => new FolderHarness();
    }

    private sealed class FolderHarness : TierHarness
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("folder-tier-").FullName;
        private readonly MovableTime _time = new();

        public override bool AdvancesForFree => true;

        public override bool CanBreak => true;

        public override bool CanReopen => true;

        private string Aside => _folder + "-aside";

        public override ValueTask<ICacheTier> CreateAsync() => new(new FolderTier(_folder, _time));

        public override ValueTask<ICacheTier> ReopenAsync() => CreateAsync();

        public override ValueTask AdvanceAsync(TimeSpan by)
        {
            _time.Now += by;
            return ValueTask.CompletedTask;
        }

        // A file where the folder was, as a share that is not mounted any more.
        public override ValueTask BreakAsync()
        {
            Directory.Move(_folder, Aside);
            File.WriteAllText(_folder, "");
            return ValueTask.CompletedTask;
        }

        public override ValueTask RepairAsync()
        {
            File.Delete(_folder);
            Directory.Move(Aside, _folder);
            return ValueTask.CompletedTask;
        }

        public override ValueTask DisposeAsync()
        {
            Directory.Delete(_folder, recursive: true);
            return base.DisposeAsync();
        }

        private sealed class MovableTime : TimeProvider
        {
            public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

            public override DateTimeOffset GetUtcNow() => Now;
        }
    }
}
