using HybridTiered.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.Tests.OutputCaching;

[TestFixture, Category("Unit")]
public sealed class PageKeyTests
{
    [TestCase("GET\u001eHTTP\u001e*:*/A", "oc:GET%1EHTTP%1E*:*/A")]
    [TestCase("100%", "oc:100%25")]
    [TestCase("a%1Eb", "oc:a%251Eb")]
    [TestCase("\u0000\u001f", "oc:%00%1F")]
    [TestCase("", "oc:")]
    [TestCase("/straße/日本", "oc:/straße/日本")]
    public void What_the_cache_does_not_take_is_encoded(string key, string expected) => Assert.That(PageKey.Of(key), Is.EqualTo(expected));

    [Test]
    public void Keys_of_any_length_stay_apart()
    {
        var keys = new HashSet<string>();
        for (int length = 480; length < 560; length++)
        {
            foreach (char last in "ab\u001e%")
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
            string key = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => "%1E25\u001e\u0001a"[random.Next(8)]));
            Assert.That(seen.TryAdd(PageKey.Of(key), key) || seen[PageKey.Of(key)] == key, Is.True, key);
        }
    }
}
