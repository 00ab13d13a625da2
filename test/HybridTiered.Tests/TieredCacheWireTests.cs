using System.Buffers.Binary;
using System.Text;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Tests;

/// <summary>The bytes in a shared tier, written and read by hand as Microsoft's default HybridCache writes and reads them.</summary>
[TestFixture, Category("Unit")]
public sealed class TieredCacheWireTests
{
    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task A_computed_entry_is_byte_for_byte_what_the_layout_says()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        long created = _time.GetUtcNow().UtcTicks;

        await cache.Hybrid.GetOrCreateAsync("kéy", _ => new ValueTask<string>("välue"), tags: ["t1", "täg"]);
        await cache.SettleAsync();

        byte[] written = await ReadAsync(tier, "kéy");
        Assert.That(written, Is.EqualTo(ByHand("kéy", "välue", created, FiveMinutes, ["t1", "täg"], entropy: written[2..4])));
    }

    [Test]
    public async Task A_set_entry_is_byte_for_byte_what_the_layout_says()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        long created = _time.GetUtcNow().UtcTicks;

        await cache.Hybrid.SetAsync("k", new string('x', 300), CacheStrategy.LongTerm);

        byte[] written = await ReadAsync(tier, "k");
        Assert.That(written, Is.EqualTo(ByHand("k", new string('x', 300), created, TimeSpan.FromHours(3), [], entropy: written[2..4])));
    }

    [Test]
    public async Task An_entry_written_by_hand_is_read_with_its_tags()
    {
        var tier = new InMemoryTier(_time);
        await WriteAsync(tier, "k", ByHand("k", "välue", _time.GetUtcNow().UtcTicks, FiveMinutes, ["t"]));
        await using TestCache cache = TestCache.Create(_time, null, tier);

        Assert.That(await cache.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "välue", 2)));
        await cache.Hybrid.RemoveByTagAsync("t");
        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Found, Is.False);
    }

    [Test]
    public async Task An_expired_entry_is_a_silent_miss()
    {
        var tier = new InMemoryTier(_time);
        await WriteAsync(tier, "k", ByHand("k", "v", _time.GetUtcNow().UtcTicks, FiveMinutes, []));
        await using TestCache cache = TestCache.Create(_time, null, tier);
        _time.Advance(FiveMinutes);

        Assert.That((await cache.Cache.TryGetAsync<string>("k")).Found, Is.False);
        Assert.That(cache.Statistics.Tiers[1].Expired, Is.EqualTo(1));
        Assert.That(cache.Log.Messages, Is.Empty);
    }

    private static IEnumerable<TestCaseData> Defects()
    {
        yield return new TestCaseData((byte[] bytes) => bytes[..^1]).SetArgDisplayNames("cut");
        yield return new TestCaseData((byte[] bytes) => bytes.Append((byte)0).ToArray()).SetArgDisplayNames("too long");
        yield return new TestCaseData((byte[] _) => Array.Empty<byte>()).SetArgDisplayNames("empty");
        yield return new TestCaseData((byte[] bytes) => Changed(bytes, 1, 2)).SetArgDisplayNames("another version");
        yield return new TestCaseData((byte[] bytes) => Changed(bytes, bytes.Length - 2, 0)).SetArgDisplayNames("no end");
        yield return new TestCaseData((byte[] bytes) => Changed(bytes, bytes.AsSpan().IndexOf("key"u8), (byte)'K')).SetArgDisplayNames("another key");
    }

    [TestCaseSource(nameof(Defects))]
    public async Task A_defective_entry_is_a_miss_that_is_logged_and_overwritten(Func<byte[], byte[]> damage)
    {
        var tier = new InMemoryTier(_time);
        await WriteAsync(tier, "key", damage(ByHand("key", "v", _time.GetUtcNow().UtcTicks, FiveMinutes, [])));
        await using TestCache cache = TestCache.Create(_time, null, tier);

        Assert.That(await cache.Hybrid.GetOrCreateAsync("key", _ => new ValueTask<string>("computed")), Is.EqualTo("computed"));
        await cache.SettleAsync();

        Assert.That(cache.Log.Messages.Single().Id.Id, Is.EqualTo(6));
        Assert.That(cache.Log.Messages.Single().Level, Is.EqualTo(LogLevel.Warning));
        await using TestCache other = TestCache.Create(_time, null, tier);
        Assert.That((await other.Cache.TryGetAsync<string>("key")).Value, Is.EqualTo("computed"));
    }

    private static byte[] ByHand(string key, string value, long created, TimeSpan duration, string[] tags, byte[]? entropy = null)
    {
        var bytes = new List<byte> { 0x03, 0x01 };
        bytes.AddRange(entropy ?? [0xAB, 0xCD]);
        var ticks = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(ticks, created);
        bytes.AddRange(ticks);
        byte[] payload = Encoding.UTF8.GetBytes(value);
        AddNumber(bytes, 0);
        AddNumber(bytes, payload.Length);
        AddNumber(bytes, duration.Ticks);
        AddNumber(bytes, tags.Length);
        foreach (string text in tags.Prepend(key))
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            AddNumber(bytes, utf8.Length);
            bytes.AddRange(utf8);
        }
        bytes.AddRange(payload);
        bytes.AddRange([0x03, 0x01]);
        return [.. bytes];
    }

    private static void AddNumber(List<byte> bytes, long value)
    {
        for (; value > 0x7F; value >>= 7)
            bytes.Add((byte)(0x80 | (value & 0x7F)));
        bytes.Add((byte)value);
    }

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        bytes[at] = value;
        return bytes;
    }

    private static async Task WriteAsync(InMemoryTier tier, string key, byte[] bytes) =>
        await tier.WriteAsync(key, bytes, new TierLifetime(TimeSpan.FromHours(1)), CancellationToken.None);

    private static async Task<byte[]> ReadAsync(InMemoryTier tier, string key)
    {
        using TierEntry entry = await tier.ReadAsync(key, TierRead.Data, CancellationToken.None);
        return entry.Data.ToArray();
    }
}
