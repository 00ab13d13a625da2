using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Conformance;

/// <summary>What a tier does that handles many keys at once.</summary>
public abstract class BulkTierConformance : TierSuite<IBulkTier>
{
    [Test]
    public async Task Many_reads_answer_in_the_order_of_the_keys_with_gaps_for_what_is_missing()
    {
        await WriteAsync("a", Bytes(1));
        await WriteAsync("c", Bytes(3, 0));
        await WriteAsync("d", Bytes(4, 5000));

        byte[]?[] found = await ReadManyAsync(["d", "b", "a", "c"]);

        Assert.That(found, Is.EqualTo(new[] { Bytes(4, 5000), null, Bytes(1), [] }));
    }

    [Test]
    public async Task No_keys_give_no_answers()
    {
        Assert.That(await ReadManyAsync([]), Is.Empty);
        Assert.That(await Tier.RemoveManyAsync([], CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Thousands_of_keys_are_read_and_removed()
    {
        string[] keys = [.. Enumerable.Range(0, 3000).Select(i => $"key:{i}")];
        foreach (string[] batch in keys.Chunk(100))
            await Task.WhenAll(batch.Select(key => WriteAsync(key, Bytes(key.Length, key.Length))));

        byte[]?[] before = await ReadManyAsync(keys);
        await Tier.RemoveManyAsync(keys.Where((_, i) => i % 2 == 0).ToArray(), CancellationToken.None);
        byte[]?[] after = await ReadManyAsync(keys);

        Assert.That(before, Is.EqualTo(keys.Select(key => Bytes(key.Length, key.Length))));
        Assert.That(after, Is.EqualTo(keys.Select((key, i) => i % 2 == 0 ? null : Bytes(key.Length, key.Length))));
    }

    [Test]
    public async Task An_expired_entry_is_missing_among_many()
    {
        await WriteAsync("short", Bytes(1), new TierLifetime(Unit));
        await WriteAsync("long", Bytes(2));
        await AdvancePastAsync(Unit);

        Assert.That(await ReadManyAsync(["short", "long"]), Is.EqualTo(new[] { null, Bytes(2) }));
    }

    [Test]
    public async Task Many_removals_spare_the_other_keys_and_do_not_mind_missing_ones()
    {
        await WriteAsync("a", Bytes(1));
        await WriteAsync("b", Bytes(2));
        await Tier.RemoveManyAsync(["a", "never written"], CancellationToken.None);

        Assert.That(await ReadManyAsync(["a", "b"]), Is.EqualTo(new[] { null, Bytes(2) }));
    }

    [Test]
    public async Task Many_removals_return_the_version_of_each_key()
    {
        await WriteAsync("a", Bytes(1));
        EntryVersion[] versions = await Tier.RemoveManyAsync(["a", "b", "c"], CancellationToken.None);

        Assert.That(versions, Has.Length.EqualTo(3));
        if (Tier is not IConditionalTier conditional)
        {
            Assert.That(versions, Is.All.EqualTo(EntryVersion.None));
            return;
        }
        EntryVersion[] seen = new EntryVersion[3];
        for (int i = 0; i < 3; i++)
            seen[i] = await conditional.ReadVersionAsync(((string[])["a", "b", "c"])[i], CancellationToken.None);
        Assert.That(versions, Is.EqualTo(seen));
        Assert.That(versions, Has.None.EqualTo(EntryVersion.None));
    }

    private async Task<byte[]?[]> ReadManyAsync(string[] keys)
    {
        TierEntry[] entries = await Tier.ReadManyAsync(keys, CancellationToken.None);
        byte[]?[] found = [.. entries.Select(e => e.Found ? e.Data.ToArray() : null)];
        foreach (TierEntry entry in entries)
            entry.Dispose();
        return found;
    }
}
