using System.Buffers.Binary;
using System.Text;
using HybridTiered.Redis.Tests.Cache.Support;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Cache;

/// <summary>What lies in Redis is what Microsoft's HybridCache on its RedisCache would have put there, byte by byte, and the other way round.</summary>
[TestFixture]
[Category("Redis")]
public class WireTests : RedisCacheFixture
{
    private const string TagRecord = "__MSFT_HCT__";
    private static readonly DistributedCacheEntryOptions Minute = new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1) };

    private RedisCache _microsofts = null!;

    [SetUp]
    public void CreateMicrosofts() => _microsofts = new RedisCache(new RedisCacheOptions { Configuration = ConnectionString, InstanceName = Prefix });

    [TearDown]
    public void DisposeMicrosofts() => _microsofts.Dispose();

    [Test]
    public async Task Entry_is_the_hash_of_RedisCache_with_the_payload_of_HybridCache_and_a_version()
    {
        CacheInstance ours = await StartAsync();
        long before = TimeProvider.System.GetUtcNow().UtcTicks - TimeSpan.TicksPerSecond;
        await ours.Cache.SetAsync("key ü", "value", new TieredEntryOptions { Expiration = TimeSpan.FromMinutes(3) }, ["one", "zwei ü"]);

        Dictionary<string, RedisValue> hash = (await (await DirectAsync()).HashGetAllAsync(Prefix + "key ü")).ToDictionary(f => f.Name.ToString(), f => f.Value);
        Assert.That(hash.Keys, Is.EquivalentTo(new[] { "absexp", "sldexp", "data", "ver" }));
        long now = TimeProvider.System.GetUtcNow().UtcTicks;
        Assert.That((long)hash["absexp"], Is.InRange(before + TimeSpan.FromMinutes(3).Ticks, now + TimeSpan.FromMinutes(3).Ticks));
        Assert.That((long)hash["sldexp"], Is.EqualTo(-1));
        Assert.That((long)hash["ver"], Is.Positive);

        byte[] data = (byte[])hash["data"]!;
        Assert.That(data[..2], Is.EqualTo(new byte[] { 3, 1 }));
        long created = BinaryPrimitives.ReadInt64LittleEndian(data.AsSpan(4));
        Assert.That(created, Is.InRange(before, now));
        // After marker, entropy and creation, all of it: flags, payload length, duration, tag count, key, tags, payload, marker.
        byte[] expected = [0, 5, .. Varint(TimeSpan.FromMinutes(3).Ticks), 2, .. Text("key ü"), .. Text("one"), .. Text("zwei ü"), .. "value"u8, 3, 1];
        Assert.That(data[12..], Is.EqualTo(expected));
        Assert.That(await _microsofts.GetAsync("key ü"), Is.EqualTo(data));
    }

    [Test]
    public async Task Entry_of_Microsofts_is_a_hit_with_its_own_tags()
    {
        await _microsofts.SetAsync("k", Payload("k", "theirs", TimeSpan.FromMinutes(1), "t"), Minute);
        CacheInstance ours = await StartAsync();

        Assert.That(await ours.GetAsync("k", "ours"), Is.EqualTo("theirs"));
        Assert.That((await ours.FindAsync("k")).Level, Is.EqualTo(1));

        await ours.Cache.RemoveByTagAsync("t");
        Assert.That((await ours.FindAsync("k")).Found, Is.False);
    }

    [Test]
    public async Task Tag_record_of_Microsofts_kills_what_was_created_up_to_then([Values("t", "*")] string tag)
    {
        long now = TimeProvider.System.GetUtcNow().UtcTicks;
        await _microsofts.SetAsync("dead", Payload("dead", "theirs", TimeSpan.FromMinutes(1), ["t"], now - 1), Minute);
        await _microsofts.SetAsync("at once", Payload("at once", "theirs", TimeSpan.FromMinutes(1), ["t"], now), Minute);
        await _microsofts.SetAsync("alive", Payload("alive", "theirs", TimeSpan.FromMinutes(1), ["t"], now + 1), Minute);
        byte[] record = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(record, now);
        await _microsofts.SetAsync(TagRecord + tag, record, new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromDays(1000) });

        CacheInstance ours = await StartAsync();
        Assert.That((await ours.FindAsync("dead")).Found, Is.False);
        Assert.That((await ours.FindAsync("at once")).Found, Is.False);
        Assert.That((await ours.FindAsync("alive")).Found, Is.True);
    }

    [Test]
    public async Task Tag_record_is_where_and_what_Microsofts_looks_for([Values("t", "*")] string tag)
    {
        CacheInstance ours = await StartAsync();
        long before = TimeProvider.System.GetUtcNow().UtcTicks;

        await ours.Cache.RemoveByTagAsync(tag);

        byte[]? record = await _microsofts.GetAsync(TagRecord + tag);
        Assert.That(record, Has.Length.EqualTo(8));
        Assert.That(BinaryPrimitives.ReadInt64LittleEndian(record), Is.EqualTo(before).Within(TimeSpan.TicksPerSecond * 5));
        Assert.That(await (await DirectAsync()).KeyTimeToLiveAsync(Prefix + TagRecord + tag), Is.EqualTo(TimeSpan.FromDays(1000)).Within(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public async Task Bytes_of_the_distributed_face_are_bare_in_both_directions()
    {
        CacheInstance ours = await StartAsync();
        var sliding = new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(1) };

        await ours.Distributed.SetAsync("by us", [1, 2, 3], sliding);
        await _microsofts.SetAsync("by them", [4, 5, 6], sliding);

        Assert.That(await _microsofts.GetAsync("by us"), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(await ours.Distributed.GetAsync("by them"), Is.EqualTo(new byte[] { 4, 5, 6 }));
    }

    [Test]
    public async Task Entry_that_cannot_be_read_is_a_miss_and_is_overwritten()
    {
        byte[] cut = Payload("k", "theirs", TimeSpan.FromMinutes(1))[..^1];
        await _microsofts.SetAsync("k", cut, Minute);
        CacheInstance ours = await StartAsync();

        Assert.That(await ours.GetAsync("k", "ours"), Is.EqualTo("ours"));
        await ours.QuietAsync();

        Assert.That(ours.Statistics.Tiers[1].Damaged, Is.EqualTo(1));
        Assert.That(await (await StartAsync()).FindAsync("k"), Is.EqualTo(new CacheResult<string>(true, "ours", 2)));
    }

    // Microsoft's layout, version 1, written from its description and not by the code under test.
    private static byte[] Payload(string key, string value, TimeSpan duration, params string[] tags) =>
        Payload(key, value, duration, tags, TimeProvider.System.GetUtcNow().UtcTicks);

    private static byte[] Payload(string key, string value, TimeSpan duration, string[] tags, long created)
    {
        byte[] payload = Encoding.UTF8.GetBytes(value);
        byte[] creation = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(creation, created);
        return
        [
            3, 1, 0xAB, 0xCD, .. creation, 0, .. Varint(payload.Length), .. Varint(duration.Ticks), .. Varint(tags.Length),
            .. Text(key), .. tags.SelectMany(Text), .. payload, 3, 1,
        ];
    }

    private static byte[] Text(string text) => [.. Varint(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static List<byte> Varint(long number)
    {
        var bytes = new List<byte>();
        for (; number >= 0x80; number >>= 7)
            bytes.Add((byte)(number | 0x80));
        bytes.Add((byte)number);
        return bytes;
    }
}
