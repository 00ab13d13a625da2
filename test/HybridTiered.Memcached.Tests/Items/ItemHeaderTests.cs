using HybridTiered.Memcached.Items;
using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Tests.Items;

[TestFixture, Category("Unit")]
public sealed class ItemHeaderTests
{
    private const long Now = 638_000_000_000_000_000;

    private static readonly ItemKeys Keys = new("");

    private static readonly TierLifetime[] Lifetimes =
    [
        new(null), new(TimeSpan.FromTicks(1)), new(TimeSpan.FromDays(4000)), new(null, TimeSpan.FromMilliseconds(700)),
        new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)),
    ];

    [Test]
    public void A_header_tells_what_is_left_to_the_tick(
        [ValueSource(nameof(Lifetimes))] TierLifetime lifetime, [Values("plain", "a hashed one")] string key, [Values(0, 1, 7, 8, 1000)] int length)
    {
        ItemKey itemKey = Keys.Create(key);
        byte[] body = Body(itemKey, lifetime, length);

        Assert.That(ItemHeader.TryRead(body, itemKey, out ItemHeader header, out int headerLength), Is.True);
        Assert.That(header.Left(Now), Is.EqualTo(lifetime));
        Assert.That(body.Length - headerLength, Is.EqualTo(length));
    }

    [Test]
    public void An_entry_has_ended_at_its_end_and_not_before()
    {
        ItemHeader header = ItemHeader.Starting(new TierLifetime(TimeSpan.FromTicks(10)), Now);

        Assert.That(header.HasEnded(Now + 9), Is.False);
        Assert.That(header.HasEnded(Now + 10), Is.True);
    }

    [Test]
    public void A_life_beyond_the_calendar_has_no_end()
    {
        Assert.That(ItemHeader.Starting(new TierLifetime(TimeSpan.MaxValue), Now).EndTicks, Is.Zero);
    }

    [Test]
    public void No_flipped_bit_goes_unseen([Values("plain", "a hashed one")] string key)
    {
        ItemKey itemKey = Keys.Create(key);
        byte[] body = Body(itemKey, new TierLifetime(TimeSpan.FromHours(1)), 21);
        for (int bit = 0; bit < body.Length * 8; bit++)
        {
            body[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(ItemHeader.TryRead(body, itemKey, out _, out _), Is.False, $"bit {bit}");
            body[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Test]
    public void No_shortened_body_is_an_item([Values("plain", "a hashed one")] string key)
    {
        ItemKey itemKey = Keys.Create(key);
        byte[] body = Body(itemKey, new TierLifetime(null), 21);
        for (int length = 0; length < body.Length; length++)
            Assert.That(ItemHeader.TryRead(body.AsSpan(0, length), itemKey, out _, out _), Is.False, $"{length} bytes");
    }

    [TestCase("plain", "other")]
    [TestCase("a hashed one", "another hashed one")]
    public void The_item_of_another_key_is_none(string key, string other)
    {
        byte[] body = Body(Keys.Create(key), new TierLifetime(null), 21);

        Assert.That(ItemHeader.TryRead(body, Keys.Create(other), out _, out _), Is.False);
    }

    [Test]
    public void Keys_with_the_same_hash_do_not_see_each_others_items()
    {
        ItemKey one = Keys.Create("a hashed one");
        ItemKey colliding = Keys.Create("another hashed one") with { Wire = one.Wire };

        Assert.That(ItemHeader.TryRead(Body(one, new TierLifetime(null), 5), colliding, out _, out _), Is.False);
    }

    private static byte[] Body(ItemKey key, TierLifetime lifetime, int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        return [.. ItemHeader.Starting(lifetime, Now).ToBytes(key, data), .. data];
    }
}
