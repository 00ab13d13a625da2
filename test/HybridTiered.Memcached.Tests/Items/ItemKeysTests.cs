using System.Text;
using HybridTiered.Memcached.Items;

namespace HybridTiered.Memcached.Tests.Items;

[TestFixture, Category("Unit")]
public sealed class ItemKeysTests
{
    private static readonly string[] Plain = ["a", "catalog:1", "日本語", "a#b", new string('k', 248)];

    private static readonly string[] Hashed =
        [" ", "a b", "a\tb", "a\r\nb", "\0", "\u007f", "#", "#anything", new string('k', 249), string.Concat(Enumerable.Repeat("é", 125))];

    [TestCaseSource(nameof(Plain))]
    public void A_key_that_the_server_can_hold_is_sent_as_it_is(string key)
    {
        ItemKey created = new ItemKeys("p:").Create(key);

        Assert.That(Encoding.UTF8.GetString(created.Wire), Is.EqualTo("p:" + key));
        Assert.That(created.IsHashed, Is.False);
    }

    [TestCaseSource(nameof(Hashed))]
    public void Any_other_key_is_sent_as_a_hash_that_the_server_can_hold(string key)
    {
        ItemKey created = new ItemKeys("p:").Create(key);

        Assert.That(created.IsHashed, Is.True);
        Assert.That(Encoding.ASCII.GetString(created.Wire), Does.Match("^p:#[A-Za-z0-9_-]{43}$"));
        Assert.That(Encoding.UTF8.GetString(created.Full), Is.EqualTo("p:" + key));
    }

    [Test]
    public void The_empty_key_is_hashed_under_an_empty_prefix_too()
    {
        Assert.That(new ItemKeys("").Create("").Wire, Has.Length.EqualTo(44));
    }

    [Test]
    public void A_key_that_looks_like_a_hash_is_not_taken_for_one()
    {
        var keys = new ItemKeys("");
        string hash = Encoding.ASCII.GetString(keys.Create("a b").Wire);

        Assert.That(keys.Create(hash).Wire, Is.Not.EqualTo(keys.Create("a b").Wire));
    }

    [Test]
    public void Malformed_text_is_refused_instead_of_meeting_another_key()
    {
        Assert.That(() => new ItemKeys("").Create("\ud800"), Throws.InstanceOf<ArgumentException>());
    }
}
