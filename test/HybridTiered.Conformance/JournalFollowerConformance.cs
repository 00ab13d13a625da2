using HybridTiered.Invalidation;

namespace HybridTiered.Conformance;

/// <summary>What a tier does that outlives the process and remembers how far it followed the journal.</summary>
public abstract class JournalFollowerConformance : TierSuite<IJournalFollower>
{
    [Test]
    public async Task A_new_tier_has_followed_nothing()
    {
        Assert.That(await PositionAsync(), Is.EqualTo(JournalId.None));
    }

    [Test]
    public async Task The_position_is_what_was_written_last()
    {
        await WritePositionAsync(new JournalId(1_700_000_000_000, 3));
        await WritePositionAsync(new JournalId(1_700_000_000_001, 0));

        Assert.That(await PositionAsync(), Is.EqualTo(new JournalId(1_700_000_000_001, 0)));
    }

    [Test]
    public async Task Clearing_removes_every_entry_and_leaves_a_working_tier()
    {
        for (int i = 0; i < 50; i++)
            await WriteAsync($"key{i}", Bytes(i, 1000));
        await Tier.ClearAsync(CancellationToken.None);
        await WriteAsync("key1", Bytes(100));

        for (int i = 0; i < 50; i++)
            Assert.That(await ReadAsync($"key{i}"), i == 1 ? Is.EqualTo(Bytes(100)) : Is.Null);
    }

    [Test]
    public async Task The_position_outlives_the_process_and_so_does_what_it_claims()
    {
        await WriteAsync("kept", Bytes(1));
        await WriteAsync("removed", Bytes(2));
        await Tier.RemoveAsync("removed", CancellationToken.None);
        await WritePositionAsync(new JournalId(5, 7));
        await ReopenAsync();

        Assert.That(await PositionAsync(), Is.EqualTo(new JournalId(5, 7)));
        Assert.That(await ReadAsync("kept"), Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync("removed"), Is.Null);
    }

    [Test]
    public async Task What_was_cleared_stays_away_after_a_restart()
    {
        for (int i = 0; i < 50; i++)
            await WriteAsync($"key{i}", Bytes(i, 1000));
        await Tier.ClearAsync(CancellationToken.None);
        await ReopenAsync();

        for (int i = 0; i < 50; i++)
            Assert.That(await ReadAsync($"key{i}"), Is.Null);
    }

    [Test]
    public async Task Lifetimes_go_on_across_a_restart()
    {
        await WriteAsync("short", Bytes(1), new Tiers.TierLifetime(Unit * 2));
        await WriteAsync("long", Bytes(2));
        await ReopenAsync();
        await AdvancePastAsync(Unit * 2);

        Assert.That(await ReadAsync("short"), Is.Null);
        Assert.That(await ReadAsync("long"), Is.EqualTo(Bytes(2)));
    }

    private async Task<JournalId> PositionAsync() => await Tier.ReadJournalPositionAsync(CancellationToken.None);

    private async Task WritePositionAsync(JournalId position) => await Tier.WriteJournalPositionAsync(position, CancellationToken.None);
}
