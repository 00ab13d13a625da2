using HybridTiered.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.Tests.OutputCaching;

[TestFixture, Category("Unit")]
public sealed class PageKeyTests
{
    [TestCase("GET\u001eHTTP\u001e*:*/A", "oc:GET\u241eHTTP\u241e*:*/A")]
    [TestCase("a\u001f\u001e", "oc:a\u241f\u241e")]
    [TestCase("", "oc:")]
    [TestCase("/straße/日本", "oc:/straße/日本")]
    public void Symbols_stand_for_what_the_cache_does_not_take(string key, string expected) => Assert.That(PageKey.Of(key), Is.EqualTo(expected));

    [TestCase("\u241e")]
    [TestCase("\u241f")]
    [TestCase("\u0000")]
    [TestCase("\n")]
    public void What_could_be_taken_for_another_key_is_hashed(string key) => Assert.That(PageKey.Of(key), Does.Match("^oc:sha256:[0-9a-f]{64}$"));

    [Test]
    public void Keys_of_any_length_stay_apart()
    {
        var keys = new HashSet<string>();
        for (int length = 480; length < 560; length++)
        {
            foreach (char last in "ab\u001e\u241e")
                Assert.That(keys.Add(PageKey.Of(new string('x', length) + last)), Is.True, $"{length} characters and '{last}'");
        }
        Assert.That(keys.Select(k => k.Length), Is.All.LessThanOrEqualTo(PageKey.LongestPlain));
    }

    [Test]
    public void No_two_keys_become_one()
    {
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var seen = new Dictionary<string, string>();
        for (int i = 0; i < 50_000; i++)
        {
            string key = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => "\u241e\u241f\u001e\u001f\u0001ab:"[random.Next(8)]));
            Assert.That(seen.TryAdd(PageKey.Of(key), key) || seen[PageKey.Of(key)] == key, Is.True, key);
        }
    }
}
