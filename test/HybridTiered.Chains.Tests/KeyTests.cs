using System.Text;
using HybridTiered.Chains.Tests.Support;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;

namespace HybridTiered.Chains.Tests;

/// <summary>Strange keys do the same whatever is below memory, through both faces: each keeps its own value, or is kept out for the same reason everywhere.</summary>
[TestFixture]
public sealed class KeyTests : ChainFixture
{
    private static readonly DistributedCacheEntryOptions AnHour = new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) };

    // Kept by every tier, through both faces. Some differ only in what a careless encoding would lose.
    private static readonly string[] Plain =
    [
        "a b", "a  b", " a b", "a b ", "a_b", "a%20b", "a\u00A0b", "a\u007Fb", "a\u0080b", "A B",
        "\U0001F600", "a\U0001F600b", "\U0001F600\U0001F600", "\uFFFD", "\uFFFD\uFFFD", "\uFEFF", "a\uFEFF", "\u00E9", "e\u0301", "\u212B", "\u00C5",
        "#a", "*", "?", "[a]", "\\", "a:b", "a/b", "../a", "{a}b", "'", "\"", "%s",
        new string('k', 249), new string('k', 250), new string('k', 251), new string('k', 1024), new string('\u8A9E', 1024), string.Concat(Enumerable.Repeat("\U0001F600", 512)),
    ];

    // HybridCache computes these each time; IDistributedCache, whose callers expect every key to work, keeps them.
    private static readonly string[] Uncacheable =
        ["", " ", "\u2003", "a\nb", "a\r\nb", "a\tb", "\0", "a\0", "a\0b", "\u001F", new string('k', 1025), new string('\u8A9E', 1025)];

    // Without a UTF-8 form, so in memory alone.
    private static readonly string[] Malformed = ["\uD83D", "a\uD83D", "\uD83Da", "\uDE00\uD83D", "\uDE00", "a\uD83D\uD83D\uDE00"];

    private MemoryDistributedCache _distributed = null!;

    [SetUp]
    public void CreateDistributedCache() => _distributed = new MemoryDistributedCache(Microsoft.Extensions.Options.Options.Create(new MemoryDistributedCacheOptions()));

    [Test]
    public async Task Each_key_keeps_its_own_value_through_HybridCache([Values] Below below)
    {
        ChainCache cache = await OpenAsync(below);
        foreach (string key in Plain)
            await cache.SetAsync(key, "value of " + key);

        foreach (string key in Plain)
            Assert.That(await cache.FindAsync(key), Is.EqualTo(("value of " + key, 1)), Shown(key));
        if (below == Below.Nothing)
            return;
        ChainCache next = await OpenAsync(below);
        foreach (string key in Plain)
            Assert.That(await next.FindAsync(key), Is.EqualTo(("value of " + key, 2)), Shown(key));
        foreach (string key in Plain)
        {
            await next.Cache.RemoveAsync(key);
            Assert.That((await next.FindAsync(key)).Level, Is.Zero, Shown(key));
        }
        AssertNoFault(next);
    }

    [Test]
    public async Task A_computed_value_reaches_the_tiers_below_under_each_key([Values] Below below)
    {
        ChainCache cache = await OpenAsync(below);
        foreach (string key in Plain)
            await cache.Cache.GetOrCreateAsync(key, key, static (k, _) => new ValueTask<string>("value of " + k));
        await cache.QuietAsync();

        ChainCache next = await OpenAsync(below);
        foreach (string key in Plain)
            Assert.That((await next.FindAsync(key)).Value, Is.EqualTo(below == Below.Nothing ? null : "value of " + key), Shown(key));
        AssertNoFault(next);
    }

    [Test]
    public async Task A_key_that_cannot_be_cached_is_computed_each_time([Values] Below below)
    {
        ChainCache cache = await OpenAsync(below);
        foreach (string key in Uncacheable)
        {
            int calls = 0;
            for (int i = 0; i < 2; i++)
                await cache.Cache.GetOrCreateAsync(key, _ => new ValueTask<int>(++calls));

            Assert.That(calls, Is.EqualTo(2), Shown(key));
        }
        Assert.That((cache.Statistics.Bypassed, cache.Statistics.Tiers[0].Entries), Is.EqualTo((2L * Uncacheable.Length, 0L)));
        Assert.That(cache.Statistics.Tiers.Skip(1).Select(t => t.Misses + t.Writes + t.ReadFaults), Is.All.Zero);
    }

    [Test]
    public async Task A_malformed_key_is_kept_in_memory_alone_and_meets_no_other([Values] Below below)
    {
        ChainCache cache = await OpenAsync(below);
        await cache.SetAsync("\uFFFD", "replacement");
        foreach (string key in Malformed)
            await cache.SetAsync(key, "value of " + Shown(key));
        await cache.Distributed.SetAsync("a\uFFFD", [1], AnHour);
        foreach (string key in Malformed)
            await cache.Distributed.SetAsync("raw" + key, Encoding.UTF8.GetBytes(Shown(key)), AnHour);

        foreach (string key in Malformed)
        {
            Assert.That(await cache.FindAsync(key), Is.EqualTo(("value of " + Shown(key), 1)), Shown(key));
            Assert.That(await cache.Distributed.GetAsync("raw" + key), Is.EqualTo(Encoding.UTF8.GetBytes(Shown(key))), Shown(key));
        }
        ChainCache next = await OpenAsync(below);
        foreach (string key in Malformed)
        {
            Assert.That((await next.FindAsync(key)).Level, Is.Zero, Shown(key));
            Assert.That(await next.Distributed.GetAsync("raw" + key), Is.Null, Shown(key));
            await next.Cache.RemoveAsync(key);
            await next.Distributed.RemoveAsync("raw" + key);
            await next.Distributed.RefreshAsync("raw" + key);
        }
        if (below != Below.Nothing)
            Assert.That((await next.FindAsync("\uFFFD"), await next.Distributed.GetAsync("a\uFFFD")), Is.EqualTo((("replacement", 2), new byte[] { 1 })));
        AssertNoFault(next);
    }

    [Test]
    public async Task Each_key_keeps_its_own_value_through_IDistributedCache([Values] Below below)
    {
        string[] keys = [.. Plain, .. Uncacheable];
        ChainCache cache = await OpenAsync(below);
        foreach (string key in keys)
            await cache.Distributed.SetAsync(key, BytesOf(key), AnHour);

        foreach (string key in keys)
            Assert.That(await cache.Distributed.GetAsync(key), Is.EqualTo(BytesOf(key)), Shown(key));
        if (below == Below.Nothing)
            return;
        ChainCache next = await OpenAsync(below);
        foreach (string key in keys)
        {
            await next.Distributed.RefreshAsync(key);
            Assert.That(await next.Distributed.GetAsync(key), Is.EqualTo(BytesOf(key)), Shown(key));
        }
        foreach (string key in keys)
        {
            await next.Distributed.RemoveAsync(key);
            Assert.That(await next.Distributed.GetAsync(key), Is.Null, Shown(key));
        }
        AssertNoFault(next);
    }

    private async Task<ChainCache> OpenAsync(Below below) => below switch
    {
        Below.Nothing => await OpenAsync(builder => Describe(builder, [])),
        Below.DistributedCache => await OpenAsync(builder => builder.AddDistributedCache(_ => _distributed)),
        Below.Everything => await OpenAsync(builder =>
        {
            Describe(builder, [.. Levels]);
            builder.AddDistributedCache(_ => _distributed);
        }),
        _ => await OpenAsync(builder =>
        {
            Level level = Enum.Parse<Level>(below.ToString());
            Options[level].Level = 2;
            Describe(builder, [level]);
        }),
    };

    private static void AssertNoFault(ChainCache cache) =>
        Assert.That(cache.Statistics.Tiers.Select(t => t.ReadFaults + t.WriteFaults + t.RemovalFaults + t.Damaged), Is.All.Zero);

    private static byte[] BytesOf(string key) => [.. Encoding.Unicode.GetBytes(key), (byte)key.Length];

    private static string Shown(string key) => key.Length > 40
        ? $"{key.Length} x U+{(int)key[0]:X4}"
        : string.Join(' ', key.Select(c => $"U+{(int)c:X4}"));
}
