using HybridTiered.Conformance;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridTiered.Disk.Tests.Support;

internal sealed class DiskHarness : TierHarness
{
    private readonly TemporaryFolder _folder = new();
    private readonly FaultyFileSystem _files = new();
    private readonly ManualTimeProvider _time = new();
    private DiskTier? _tier;

    public override bool AdvancesForFree => true;

    public override bool CanBreak => true;

    public override bool CanReopen => true;

    public override ValueTask<ICacheTier> CreateAsync() =>
        new(_tier = new DiskTier(new DiskTierOptions { Directory = _folder.Path }, _files, _time, NullLogger.Instance));

    public override ValueTask AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return ValueTask.CompletedTask;
    }

    public override ValueTask BreakAsync()
    {
        _files.IsReadOnly = true;
        return ValueTask.CompletedTask;
    }

    public override ValueTask RepairAsync()
    {
        _files.IsReadOnly = false;
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<ICacheTier> ReopenAsync()
    {
        await _tier!.DisposeAsync();
        return await CreateAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
