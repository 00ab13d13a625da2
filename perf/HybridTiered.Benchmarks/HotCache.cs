using System.Collections.Concurrent;
using HybridTiered.Configuration;
using HybridTiered.Invalidation;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HybridTiered.Benchmarks;

/// <summary>
/// A cache whose L1 holds everything that is asked for, and a dictionary with the same content to compare it with. Keys are looked up in an order that no
/// branch predictor learns, through other string instances than the stored ones, as keys of an application are.
/// </summary>
internal sealed class HotCache : IDisposable
{
    public const int KeyCount = 1_024;
    public const int PayloadBytes = 1_024;

    /// <summary>What stands before the keys of the entries of bytes.</summary>
    public const string BytesKeyPrefix = "bytes:";

    private const int Seed = 1;

    private readonly ServiceProvider _services;

    private HotCache(ServiceProvider services)
    {
        _services = services;
        Hybrid = services.GetRequiredService<HybridCache>();
        Distributed = (IBufferDistributedCache)services.GetRequiredService<IDistributedCache>();
    }

    public HybridCache Hybrid { get; }

    public IBufferDistributedCache Distributed { get; }

    public ConcurrentDictionary<string, string> Dictionary { get; } = new(StringComparer.Ordinal);

    /// <summary>The keys in the order of lookups.</summary>
    public string[] Keys { get; private set; } = [];

    /// <summary>The numbers in <see cref="Keys"/>.</summary>
    public int[] Ids { get; private set; } = [];

    /// <summary>Makes and fills one that has L1 alone.</summary>
    /// <param name="tags">The tags of every entry.</param>
    public static Task<HotCache> CreateAsync(params string[] tags) => FillAsync(static _ => { }, tags);

    /// <summary>Makes and fills one with three tiers below L1, and a backplane.</summary>
    public static Task<HotCache> CreateChainAsync() => FillAsync(
        static cache => cache
            .AddMemory()
            .AddDistributedCache(static _ => NewMemory(), static tier => tier.Name = "second")
            .AddDistributedCache(static _ => NewMemory(), static tier => tier.Name = "third")
            .AddDistributedCache(static _ => NewMemory(), static tier => tier.Name = "fourth")
            .UseInProcessBackplane(new InProcessBackplane()),
        []);

    public void Dispose() => _services.Dispose();

    private static async Task<HotCache> FillAsync(Action<HybridTieredBuilder> configure, string[] tags)
    {
        var cache = new HotCache(new ServiceCollection().AddHybridTiered(configure).BuildServiceProvider());
        cache.Ids = [.. Enumerable.Range(1_000, KeyCount)];
        new Random(Seed).Shuffle(cache.Ids);
        cache.Keys = [.. cache.Ids.Select(KeyOf)];
        byte[] payload = new byte[PayloadBytes];
        var anHour = new HybridCacheEntryOptions { Expiration = TimeSpan.FromHours(1) };
        var anHourOfBytes = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromHours(1) };
        foreach (int id in cache.Ids)
        {
            string key = KeyOf(id);
            string value = "value " + key;
            cache.Dictionary[key] = value;
            await cache.Hybrid.SetAsync(key, value, anHour, tags);
            await cache.Distributed.SetAsync(BytesKeyPrefix + key, payload, anHourOfBytes);
        }
        return cache;
    }

    private static MemoryDistributedCache NewMemory() => new(Options.Create(new MemoryDistributedCacheOptions()));

    private static string KeyOf(int id) => "product:" + id;
}
