using HybridTiered.Conformance;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Support;

/// <summary>Broken means that every operation throws; closed and reopened means the same object, which is its own storage.</summary>
internal sealed class InMemoryHarness : TierHarness
{
    private readonly ManualTimeProvider _time = new();
    private InMemoryMachineTier? _tier;

    public override bool AdvancesForFree => true;

    public override bool CanBreak => true;

    public override bool CanReopen => true;

    public override ValueTask<ICacheTier> CreateAsync() => new(_tier = new InMemoryMachineTier(_time));

    public override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return ValueTask.CompletedTask;
    }

    public override ValueTask BreakAsync()
    {
        _tier!.Before = (_, _) => throw new IOException("broken");
        return ValueTask.CompletedTask;
    }

    public override ValueTask RepairAsync()
    {
        _tier!.Before = null;
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<ICacheTier> ReopenAsync()
    {
        await _tier!.DisposeAsync();
        return _tier;
    }
}
