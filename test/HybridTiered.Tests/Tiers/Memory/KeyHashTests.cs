using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests.Tiers.Memory;

[TestFixture, Category("Unit")]
public sealed class KeyHashTests
{
    [Test]
    public void Equal_keys_of_any_length_have_equal_hashes_wherever_they_lie()
    {
        var random = new Random(1);
        for (int length = 0; length <= 70; length++)
        {
            string key = Text(random, length);
            for (int shift = 0; shift < 4; shift++)
                Assert.That(KeyHash.Of((new string('x', shift) + key).AsSpan(shift)), Is.EqualTo(KeyHash.Of(key)), $"length {length}, shift {shift}");
        }
    }

    [Test]
    public void Every_character_counts_at_every_length()
    {
        var random = new Random(2);
        for (int length = 1; length <= 70; length++)
        {
            char[] key = Text(random, length).ToCharArray();
            int hash = KeyHash.Of(key);
            for (int i = 0; i < length; i++)
            {
                key[i] ^= '\u0001';
                Assert.That(KeyHash.Of(key), Is.Not.EqualTo(hash), $"length {length}, character {i}");
                key[i] ^= '\u0001';
            }
        }
    }

    [Test]
    public void Zeros_of_different_length_differ() =>
        Assert.That(Enumerable.Range(0, 70).Select(length => KeyHash.Of(new string('\0', length))), Is.Unique);

    [TestCase("product:{0}")]
    [TestCase("{0}")]
    [TestCase("tenant:{0}:a rather long key with a number in its middle")]
    public void Numbered_keys_spread_over_buckets_as_chance_would_spread_them(string format)
    {
        const int keys = 1 << 16;
        var buckets = new int[keys];
        for (int i = 0; i < keys; i++)
            buckets[KeyHash.Of(string.Format(null, format, i)) & (keys - 1)]++;

        // With chance, 1/e of the buckets stay empty, give or take 0.15 %.
        Assert.That(buckets.Count(count => count == 0) / (double)keys, Is.EqualTo(1 / Math.E).Within(0.01));
        Assert.That(buckets.Max(), Is.LessThan(16));
    }

    private static string Text(Random random, int length) => string.Create(length, random, static (span, source) =>
    {
        foreach (ref char letter in span)
            letter = (char)source.Next(0x20, 0x2000);
    });
}
