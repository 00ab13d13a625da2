using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Conformance;

/// <summary>What a tier does that refuses writes made from outdated knowledge.</summary>
public abstract class ConditionalTierConformance : TierSuite<IConditionalTier>
{
    [Test]
    public async Task A_key_unknown_to_the_tier_gets_a_version_and_no_value_when_it_is_asked_for_one()
    {
        EntryVersion marked = await VersionAsync("key");

        Assert.That(marked.IsNone, Is.False);
        Assert.That(await VersionAsync("key"), Is.EqualTo(marked));
        Assert.That(await ReadAsync("key"), Is.Null);
        Assert.That(await WriteIfAsync("key", Bytes(1), marked), Is.Not.Null);
    }

    [Test]
    public async Task A_write_is_refused_when_the_key_was_written_and_has_expired_since()
    {
        EntryVersion marked = await VersionAsync("key");
        await WriteAsync("key", Bytes(1), new TierLifetime(Unit));
        await AdvancePastAsync(Unit);

        Assert.That(await WriteIfAsync("key", Bytes(2), marked), Is.Null);
        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_write_is_refused_once_the_tier_has_forgotten_the_key()
    {
        Assume.That(Harness.AdvancesForFree || Tier.VersionRetention <= TimeSpan.FromSeconds(5), "too long to wait for");
        EntryVersion marked = await VersionAsync("key");
        await AdvancePastAsync(Tier.VersionRetention);

        Assert.That(await WriteIfAsync("key", Bytes(1), marked), Is.Null);
    }

    [Test]
    public async Task A_write_returns_the_version_that_a_read_sees()
    {
        EntryVersion written = await WriteAsync("key", Bytes(1));

        Assert.That(written.IsNone, Is.False);
        Assert.That(await VersionAsync("key"), Is.EqualTo(written));
    }

    [Test]
    public async Task Versions_of_a_key_only_grow()
    {
        EntryVersion last = EntryVersion.None;
        for (int i = 0; i < 10; i++)
        {
            EntryVersion written = await WriteAsync("key", Bytes(i));
            EntryVersion? conditional = await WriteIfAsync("key", Bytes(i), written);
            EntryVersion removed = await Tier.RemoveAsync("key", CancellationToken.None);
            EntryVersion? after = await WriteIfAsync("key", Bytes(i), removed);

            Assert.That(written, Is.GreaterThan(last));
            Assert.That(conditional, Is.Not.Null.And.GreaterThan(written));
            Assert.That(removed, Is.GreaterThan(conditional!.Value));
            Assert.That(after, Is.Not.Null.And.GreaterThan(removed));
            last = after!.Value;
        }
    }

    [Test]
    public async Task A_key_unknown_to_the_tier_is_written_when_none_was_expected()
    {
        EntryVersion? written = await WriteIfAsync("key", Bytes(1), EntryVersion.None);

        Assert.That(written, Is.Not.Null.And.EqualTo(await VersionAsync("key")));
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task A_key_written_meanwhile_is_left_alone_when_none_was_expected()
    {
        await WriteAsync("key", Bytes(1));

        Assert.That(await WriteIfAsync("key", Bytes(2), EntryVersion.None), Is.Null);
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task A_write_is_refused_after_another_write()
    {
        EntryVersion before = await WriteAsync("key", Bytes(1));
        EntryVersion other = await WriteAsync("key", Bytes(2));

        Assert.That(await WriteIfAsync("key", Bytes(3), before), Is.Null);
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(2)));
        Assert.That(await VersionAsync("key"), Is.EqualTo(other));
    }

    [Test]
    public async Task A_write_is_refused_after_a_removal()
    {
        EntryVersion before = await WriteAsync("key", Bytes(1));
        await Tier.RemoveAsync("key", CancellationToken.None);

        Assert.That(await WriteIfAsync("key", Bytes(2), before), Is.Null);
        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_write_that_saw_nothing_is_refused_after_a_removal_of_nothing()
    {
        EntryVersion before = await VersionAsync("key");
        EntryVersion removed = await Tier.RemoveAsync("key", CancellationToken.None);

        Assert.That(removed.IsNone, Is.False);
        Assert.That(await WriteIfAsync("key", Bytes(1), before), Is.Null);
        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task A_removed_key_still_has_its_version_and_no_value()
    {
        await WriteAsync("key", Bytes(1));
        EntryVersion removed = await Tier.RemoveAsync("key", CancellationToken.None);

        Assert.That(await VersionAsync("key"), Is.EqualTo(removed));
        Assert.That(await ReadAsync("key", TierRead.DataAndLifetime), Is.Null);
    }

    [Test]
    public async Task A_removal_is_remembered_for_as_long_as_promised()
    {
        Assume.That(Harness.AdvancesForFree || Tier.VersionRetention <= TimeSpan.FromSeconds(5), "too long to wait for");
        EntryVersion removed = await Tier.RemoveAsync("key", CancellationToken.None);
        await AdvanceAsync(Tier.VersionRetention * 0.8);

        Assert.That(await VersionAsync("key"), Is.EqualTo(removed));
    }

    [Test]
    public async Task A_write_after_a_removal_lives_its_whole_life()
    {
        Assume.That(Harness.AdvancesForFree || Tier.VersionRetention <= TimeSpan.FromSeconds(5), "too long to wait for");
        EntryVersion removed = await Tier.RemoveAsync("key", CancellationToken.None);
        Assert.That(await WriteIfAsync("key", Bytes(1), removed), Is.Not.Null);
        await AdvancePastAsync(Tier.VersionRetention);

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task An_expired_key_can_be_written_by_whoever_reads_its_version_now()
    {
        await WriteAsync("key", Bytes(1), new TierLifetime(Unit));
        await AdvancePastAsync(Unit);

        EntryVersion now = await VersionAsync("key");
        Assert.That(await WriteIfAsync("key", Bytes(2), now), Is.Not.Null);
        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(2)));
    }

    [Test]
    public async Task A_conditional_write_ends_with_its_lifetime()
    {
        EntryVersion? written = await Tier.WriteIfUnchangedAsync(
            "key", Bytes(1), new TierLifetime(Unit), EntryVersion.None, CancellationToken.None);
        await AdvancePastAsync(Unit);

        Assert.That(written, Is.Not.Null);
        Assert.That(await ReadAsync("key"), Is.Null);
    }

    [Test]
    public async Task Of_many_writers_with_the_same_knowledge_one_succeeds()
    {
        for (int round = 0; round < 20; round++)
        {
            string key = $"key{round}";
            EntryVersion seen = round % 2 == 0 ? EntryVersion.None : await WriteAsync(key, Bytes(-1));
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<EntryVersion?>[] writers = [.. Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            {
                await start.Task;
                return await WriteIfAsync(key, Bytes(i), seen);
            }))];
            start.SetResult();
            EntryVersion?[] outcomes = await Task.WhenAll(writers);

            Assert.That(outcomes.Count(v => v is not null), Is.EqualTo(1));
            int winner = Array.FindIndex(outcomes, v => v is not null);
            Assert.That(await ReadAsync(key), Is.EqualTo(Bytes(winner)));
            Assert.That(await VersionAsync(key), Is.EqualTo(outcomes[winner]));
        }
    }

    private async Task<EntryVersion> VersionAsync(string key) => await Tier.ReadVersionAsync(key, CancellationToken.None);

    private async Task<EntryVersion?> WriteIfAsync(string key, byte[] data, EntryVersion expected) =>
        await Tier.WriteIfUnchangedAsync(key, data, OneDay, expected, CancellationToken.None);
}
