using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Conformance;

/// <summary>What a tier does that finds its keys by pattern.</summary>
public abstract class PatternTierConformance : TierSuite<IPatternTier>
{
    private static readonly string[] Keys =
    [
        "product:1", "product:12", "product:2", "Product:1", "product", "order:1", "a*b", "a?b", "axb", "a[1]", "line\nfeed", "café:1", "日本:1",
        "日本:12", "😀:1", "", " ",
    ];

    [TestCase("product:*")]
    [TestCase("product:?")]
    [TestCase("product:[12]")]
    [TestCase("product:[^1]")]
    [TestCase("*:1")]
    [TestCase("product:1")]
    [TestCase("a\\*b")]
    [TestCase("a?b")]
    [TestCase("a\\[1\\]")]
    [TestCase("line*")]
    [TestCase("caf?:1")]
    [TestCase("??:1")]
    [TestCase("日本:?")]
    [TestCase("[日月]本:*")]
    [TestCase("nothing:*")]
    [TestCase("*")]
    public async Task Exactly_the_matching_keys_are_removed_and_counted(string text)
    {
        var pattern = new GlobPattern(text);
        foreach (string key in Keys)
            await WriteAsync(key, Bytes(key.Length));

        long removed = await RemoveAsync(text);

        foreach (string key in Keys)
            Assert.That(await ReadAsync(key), pattern.Matches(key) ? Is.Null : Is.EqualTo(Bytes(key.Length)), $"'{key}'");
        Assert.That(removed, Is.EqualTo(Keys.Count(key => pattern.Matches(key))));
    }

    [Test]
    public async Task Keys_with_the_prefix_to_keep_stay()
    {
        await WriteAsync("__tag__a", Bytes(1));
        await WriteAsync("__tag__", Bytes(2));
        await WriteAsync("__Tag__a", Bytes(3));
        await WriteAsync("a", Bytes(4));

        long removed = await RemoveAsync("*", "__tag__");

        Assert.That(removed, Is.EqualTo(2));
        Assert.That(await ReadAsync("__tag__a"), Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync("__tag__"), Is.EqualTo(Bytes(2)));
        Assert.That(await ReadAsync("__Tag__a"), Is.Null);
        Assert.That(await ReadAsync("a"), Is.Null);
    }

    [Test]
    public async Task A_prefix_with_special_characters_is_taken_literally()
    {
        await WriteAsync("[a]*:1", Bytes(1));
        await WriteAsync("a:1", Bytes(2));

        await RemoveAsync("*", "[a]*");

        Assert.That(await ReadAsync("[a]*:1"), Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync("a:1"), Is.Null);
    }

    [Test]
    public async Task Thousands_of_keys_are_removed_among_thousands()
    {
        string[] keys = [.. Enumerable.Range(0, 4000).Select(i => $"{(i % 2 == 0 ? "even" : "odd")}:{i}")];
        foreach (string[] batch in keys.Chunk(100))
            await Task.WhenAll(batch.Select(key => WriteAsync(key, Bytes(1))));

        Assert.That(await RemoveAsync("even:*"), Is.EqualTo(2000));
        for (int i = 0; i < keys.Length; i += 97)
            Assert.That(await ReadAsync(keys[i]), i % 2 == 0 ? Is.Null : Is.EqualTo(Bytes(1)), keys[i]);
        Assert.That(await RemoveAsync("even:*"), Is.Zero);
        Assert.That(await RemoveAsync("*"), Is.EqualTo(2000));
    }

    [Test]
    public async Task Overwritten_removed_and_expired_keys_are_not_counted()
    {
        await WriteAsync("twice", Bytes(1));
        await WriteAsync("twice", Bytes(2));
        await WriteAsync("removed", Bytes(3));
        await Tier.RemoveAsync("removed", CancellationToken.None);
        await WriteAsync("expired", Bytes(4), new TierLifetime(Unit));
        await AdvancePastAsync(Unit);

        Assert.That(await RemoveAsync("*"), Is.EqualTo(1));
        Assert.That(await ReadAsync("twice"), Is.Null);
    }

    [Test]
    public async Task A_removed_key_can_be_written_again()
    {
        await WriteAsync("key", Bytes(1));
        await RemoveAsync("k*");
        await WriteAsync("key", Bytes(2));

        Assert.That(await ReadAsync("key"), Is.EqualTo(Bytes(2)));
    }

    [Test]
    public async Task Other_keys_are_read_and_written_meanwhile()
    {
        for (int i = 0; i < 2000; i++)
            await WriteAsync($"doomed:{i}", Bytes(i));
        await WriteAsync("kept", Bytes(-1));

        Task<long> removal = Task.Run(() => RemoveAsync("doomed:*"));
        for (int i = 0; i < 200; i++)
        {
            await WriteAsync($"other:{i}", Bytes(i));
            Assert.That(await ReadAsync("kept"), Is.EqualTo(Bytes(-1)));
        }

        Assert.That(await removal, Is.EqualTo(2000));
        for (int i = 0; i < 200; i++)
            Assert.That(await ReadAsync($"other:{i}"), Is.EqualTo(Bytes(i)));
    }

    private async Task<long> RemoveAsync(string pattern, string keepPrefix = "") =>
        await Tier.RemoveByPatternAsync(new GlobPattern(pattern), keepPrefix, CancellationToken.None);
}
