using System.Collections.Concurrent;
using System.Globalization;
using HybridTiered.Load.Caches;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Load.Growth;

/// <summary>
/// A cache whose L1 holds everything that is asked for, and a dictionary with the same keys and values. Keys are asked for in random order, through other
/// strings than the stored ones. Each lookup depends on what the one before it has found: a processor that worked on several at once would hide what
/// memory costs, and would hide more of it for the shorter code.
/// </summary>
internal sealed class FilledCache : IAsyncDisposable
{
    private const int Seed = 1;

    private static readonly Func<CancellationToken, ValueTask<string>> NeverCalled =
        static _ => throw new InvalidOperationException("A value that should have been in L1 was not.");

    private static readonly HybridCacheEntryOptions Day = new() { Expiration = TimeSpan.FromDays(1) };

    private readonly CacheInstance _instance;
    private readonly ConcurrentDictionary<string, string> _dictionary = new(StringComparer.Ordinal);

    private FilledCache(CacheInstance instance) => _instance = instance;

    public TieredCache Cache => _instance.Cache;

    /// <summary>The keys in the order of lookups.</summary>
    public string[] Keys { get; private set; } = [];

    /// <summary>Fills one.</summary>
    /// <param name="instance">An empty cache; disposed with this one.</param>
    /// <param name="count">How many entries.</param>
    /// <param name="tagsOf">The tags of an entry.</param>
    public static async Task<FilledCache> CreateAsync(CacheInstance instance, int count, Func<int, string[]?>? tagsOf = null)
    {
        var filled = new FilledCache(instance);
        for (int id = 0; id < count; id++)
        {
            string value = string.Create(CultureInfo.InvariantCulture, $"v{id}");
            string key = KeyOf(id);
            await filled.SetAsync(key, value, tagsOf?.Invoke(id));
            filled._dictionary[key] = value;
        }
        filled.Keys = [.. Enumerable.Range(0, count).Select(KeyOf)];
        new Random(Seed).Shuffle(filled.Keys);
        // What filling has left behind would be collected while hits are measured.
        GC.Collect();
        return filled;
    }

    public static string KeyOf(int id) => string.Create(CultureInfo.InvariantCulture, $"entry:{id}");

    public ValueTask SetAsync(string key, string value, string[]? tags = null) => Cache.SetAsync(key, value, Day, tags);

    public void ReplaceInDictionary(string old, string key, string value)
    {
        _dictionary.TryRemove(old, out _);
        _dictionary[key] = value;
    }

    /// <summary>Hits, beside lookups in the dictionary.</summary>
    public (double Ours, double Theirs, double Ratio) MeasureHits(int rounds = 101, int lookups = 50_000) =>
        PairedRounds.Measure(rounds, lookups, Hit, LookUp);

    /// <summary>Hits as many keys as told.</summary>
    public void Hit(int position, int count)
    {
        HybridCache cache = Cache;
        for (int i = 0, at = position % Keys.Length; i < count; i++)
        {
            ValueTask<string> hit = cache.GetOrCreateAsync(Keys[at], NeverCalled);
            // A hit is never a task; if it were, this would wait for it, and the figures would say so.
            at = After(at, hit.IsCompletedSuccessfully ? hit.Result : hit.AsTask().GetAwaiter().GetResult());
        }
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    // Half way round from where hits are made, so that neither finds the other's keys in the processor's cache.
    private void LookUp(int position, int count)
    {
        for (int i = 0, at = (position + (Keys.Length / 2)) % Keys.Length; i < count; i++)
            at = After(at, _dictionary.TryGetValue(Keys[at], out string? value) ? value : "");
    }

    // No value is long enough to skip a key.
    private int After(int at, string value)
    {
        int next = at + 1 + (value.Length >> 16);
        return next < Keys.Length ? next : 0;
    }
}
