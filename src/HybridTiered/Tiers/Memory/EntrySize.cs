using System.Runtime.CompilerServices;

namespace HybridTiered.Tiers.Memory;

/// <summary>How many bytes an entry of L1 is taken to occupy.</summary>
internal static class EntrySize
{
    // The entry object and its share of the map's buckets, of which there are two to four for each entry: 135 to 152 bytes.
    private const int Bookkeeping = 152;

    // Header, length and terminator of a string; header and length of an array.
    private const int StringOverhead = 22;
    private const int ArrayOverhead = 24;

    public static long OfBytes(string key, int length) => OfKey(key) + ArrayOverhead + length;

    /// <summary>The size of an entry that holds a value as it is.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="serializedLength">How long it is when serialised, if it was: the best guess for an object graph.</param>
    /// <param name="assumed">What to assume where nothing is known.</param>
    public static long OfValue<T>(string key, T value, int? serializedLength, int assumed) =>
        OfKey(key) + value switch
        {
            null => 0,
            string text => StringOverhead + 2L * text.Length,
            _ when typeof(T).IsValueType => Unsafe.SizeOf<T>(),
            _ => serializedLength ?? assumed,
        };

    private static long OfKey(string key) => Bookkeeping + StringOverhead + 2L * key.Length;
}
