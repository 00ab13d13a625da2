using HybridTiered.Tiers;

namespace HybridTiered.Conformance;

/// <summary>What a tier does that extends sliding entries without moving their bytes.</summary>
public abstract class RefreshableTierConformance : TierSuite<IRefreshableTier>
{
    [Test]
    public async Task A_refresh_starts_the_sliding_window_again()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(null, Unit * 3));
        for (int i = 0; i < 3; i++)
        {
            await AdvanceAsync(Unit * 2);
            await Tier.RefreshAsync("key", CancellationToken.None);
        }

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task A_refresh_never_goes_past_the_absolute_end()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(Unit * 4, Unit * 3));
        await AdvanceAsync(Unit * 2);
        await Tier.RefreshAsync("key", CancellationToken.None);
        await AdvancePastAsync(Unit * 2);

        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_refresh_leaves_an_entry_that_does_not_slide_alone()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(Unit * 2));
        await WriteAsync("endless", Bytes(2), new TierLifetime(null));
        await AdvanceAsync(Unit);
        await Tier.RefreshAsync("key", CancellationToken.None);
        await Tier.RefreshAsync("endless", CancellationToken.None);
        await AdvancePastAsync(Unit);

        Assert.That(await ReadAsync("key"), Is.Null);
        Assert.That(await ReadAsync("endless"), Is.EqualTo(Bytes(2)));
    }

    [Test]
    public async Task A_refresh_of_what_is_missing_is_no_fault_and_creates_nothing()
    {
        await Tier.RefreshAsync("key", CancellationToken.None);

        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_refresh_does_not_bring_back_what_has_ended()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(null, Unit));
        await AdvancePastAsync(Unit);
        await Tier.RefreshAsync("key", CancellationToken.None);

        Assert.That(await ReadAsync("key"), Is.Null);
    }
}
