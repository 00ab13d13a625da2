using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>A hit on a value that callers could change: each gets one of its own, deserialised from bytes. Against the bare deserialisation.</summary>
internal sealed class MutableSection : IGateSection
{
    private const double Factor = 1.05;
    private const double NanosecondsMore = 40;
    private const double BytesLimit = 0.01;

    private static readonly HybridCacheEntryOptions AnHour = new() { Expiration = TimeSpan.FromHours(1) };

    public IEnumerable<Verdict> Measure()
    {
        using HotCache cache = HotCache.CreateAsync().GetAwaiter().GetResult();
        string[] keys = [.. cache.Keys.Select(key => "cart:" + key)];
        var bytes = new byte[keys.Length][];
        for (int i = 0; i < keys.Length; i++)
        {
            var cart = new Cart { Customer = keys[i], Lines = [i, i + 1, i + 2] };
            bytes[i] = JsonSerializer.SerializeToUtf8Bytes(cart);
            cache.Hybrid.SetAsync(keys[i], cart, AnHour).AsTask().GetAwaiter().GetResult();
        }
        Func<CancellationToken, ValueTask<Cart>> factory = static _ => throw new InvalidOperationException("A value that should have been in L1 was not.");
        Func<int, int> hits = count =>
        {
            int sum = 0;
            for (int i = 0; i < count; i++)
                sum += Hit.ValueOf(cache.Hybrid.GetOrCreateAsync(keys[i & (HotCache.KeyCount - 1)], factory)).Lines.Length;
            return sum;
        };
        Func<int, int> deserialisation = count =>
        {
            int sum = 0;
            for (int i = 0; i < count; i++)
                sum += JsonSerializer.Deserialize<Cart>(bytes[i & (HotCache.KeyCount - 1)])!.Lines.Length;
            return sum;
        };
        Measured measured = PairedTimer.Compare(hits, deserialisation);
        double own = PairedTimer.BytesPerLookup(deserialisation);
        double limit = Factor * measured.BaselineNanoseconds + NanosecondsMore;
        yield return new Verdict(
            "L1 hit, mutable value",
            string.Create(CultureInfo.InvariantCulture, $"{measured.Nanoseconds:F0} ns {measured.BytesPerLookup:F0} B"),
            string.Create(CultureInfo.InvariantCulture, $"{limit:F0} ns {own:F0} B"),
            measured.Nanoseconds <= limit && measured.BytesPerLookup <= own + BytesLimit);
    }

    private sealed class Cart
    {
        public string Customer { get; set; } = "";

        public int[] Lines { get; set; } = [];
    }
}
