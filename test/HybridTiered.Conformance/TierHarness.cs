using HybridTiered.Tiers;

namespace HybridTiered.Conformance;

/// <summary>
/// What the suites need to know of a tier: how to make one, how time passes for it, and what it can stand. One harness serves one test;
/// it owns the storage behind its tiers and takes it away when disposed.
/// </summary>
public abstract class TierHarness : IAsyncDisposable
{
    /// <summary>Whether <see cref="AdvanceAsync"/> moves a clock instead of waiting, so that days cost nothing.</summary>
    public virtual bool AdvancesForFree => false;

    /// <summary>A span that is long compared with the tier's precision and the machine's hiccups. Lifetimes in the suites are multiples of it.</summary>
    public virtual TimeSpan Unit => AdvancesForFree ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(1);

    /// <summary>How long after its end an entry may still be served. Never is one served shorter than promised.</summary>
    public virtual TimeSpan Lateness => AdvancesForFree ? TimeSpan.Zero : TimeSpan.FromMilliseconds(200);

    /// <summary>The largest value that the tier takes, in bytes, or more than the suites try.</summary>
    public virtual int LargestValue => 4 * 1024 * 1024;

    /// <summary>Whether <see cref="BreakAsync"/> and <see cref="RepairAsync"/> work.</summary>
    public virtual bool CanBreak => false;

    /// <summary>Whether <see cref="ReopenAsync"/> works.</summary>
    public virtual bool CanReopen => false;

    /// <summary>Makes the tier of this test, over storage that nobody else uses. Called once per test.</summary>
    public abstract ValueTask<ICacheTier> CreateAsync();

    /// <summary>Lets time pass for the tier.</summary>
    /// <param name="by">How much, at least.</param>
    public abstract ValueTask AdvanceAsync(TimeSpan by);

    /// <summary>From here on the tier cannot write; whether it can read is its own affair.</summary>
    public virtual ValueTask BreakAsync() => throw new NotSupportedException();

    /// <summary>Ends what <see cref="BreakAsync"/> began.</summary>
    public virtual ValueTask RepairAsync() => throw new NotSupportedException();

    /// <summary>Closes the tier, as at the end of a process, and makes another over the same storage.</summary>
    public virtual ValueTask<ICacheTier> ReopenAsync() => throw new NotSupportedException();

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
