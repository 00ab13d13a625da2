using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;

namespace HybridTiered.Benchmarks.Gate;

/// <summary>A hit through <c>IDistributedCache</c> into the caller's buffer, against what it cannot do without: a lookup in a dictionary, and the copy.</summary>
internal sealed class BytesSection : IGateSection
{
    private const double Limit = 1.5;
    private const double BytesLimit = 0.001;

    public IEnumerable<Verdict> Measure()
    {
        using HotCache cache = HotCache.CreateAsync().GetAwaiter().GetResult();
        string[] keys = [.. cache.Keys.Select(key => HotCache.BytesKeyPrefix + key)];
        var dictionary = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string key in keys)
            dictionary[new string(key)] = new byte[HotCache.PayloadBytes];
        var buffer = new ArrayBufferWriter<byte>(HotCache.PayloadBytes);

        Measured measured = PairedTimer.Compare(
            count =>
            {
                int found = 0;
                for (int i = 0; i < count; i++)
                {
                    buffer.ResetWrittenCount();
                    found += cache.Distributed.TryGet(keys[i & (HotCache.KeyCount - 1)], buffer) ? 1 : 0;
                }
                return found == count ? found : throw new InvalidOperationException("Bytes that should have been in L1 were not.");
            },
            count =>
            {
                int copied = 0;
                for (int i = 0; i < count; i++)
                {
                    buffer.ResetWrittenCount();
                    if (dictionary.TryGetValue(keys[i & (HotCache.KeyCount - 1)], out byte[]? bytes))
                        buffer.Write(bytes);
                    copied += buffer.WrittenCount;
                }
                return copied;
            });
        yield return new Verdict(
            "L1 hit, IDistributedCache.TryGet, 1 KB",
            string.Create(CultureInfo.InvariantCulture, $"{measured.Ratio:F2}x {measured.BytesPerLookup:F0} B ({measured.Nanoseconds:F1} ns)"),
            string.Create(CultureInfo.InvariantCulture, $"{Limit:F2}x 0 B"),
            measured.Ratio <= Limit && measured.BytesPerLookup <= BytesLimit);
    }
}
