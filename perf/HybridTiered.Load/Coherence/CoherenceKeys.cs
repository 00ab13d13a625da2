using System.Globalization;

namespace HybridTiered.Load.Coherence;

/// <summary>The keys of a run, their tags and groups, and the values that tell key and version.</summary>
internal sealed class CoherenceKeys(int count)
{
    private const int GroupCount = 8;
    private const int TagCount = 16;
    private const int VersionBits = 40;

    private readonly string[] _names = [.. Enumerable.Range(0, count).Select(key => string.Create(CultureInfo.InvariantCulture, $"item:{key % GroupCount}:{key}"))];
    private readonly string[][] _tags = [.. Enumerable.Range(0, TagCount).Select(tag => (string[])[string.Create(CultureInfo.InvariantCulture, $"tag{tag}")])];

    public int Count => count;

    public string this[int key] => _names[key];

    public string[] TagsOf(int key) => _tags[key % TagCount];

    public static string PatternOf(int key) => string.Create(CultureInfo.InvariantCulture, $"item:{key % GroupCount}:*");

    /// <summary>Whether a key is also written with a value. Then its changes must not overlap, which an application that sets values has to see to.</summary>
    public static bool IsSet(int key) => key % 4 == 0;

    /// <summary>Another key with the same tag.</summary>
    public int SameTag(int key, Random random) => Other(key, TagCount, random);

    /// <summary>Another key that the same pattern matches.</summary>
    public int SameGroup(int key, Random random) => Other(key, GroupCount, random);

    /// <summary>A key; some are far more popular than others.</summary>
    public int Any(Random random)
    {
        double uniform = random.NextDouble();
        return (int)(uniform * uniform * count);
    }

    public static long ValueOf(int key, long version) => ((long)key << VersionBits) | version;

    public static int KeyOf(long value) => (int)(value >> VersionBits);

    public static long VersionOf(long value) => value & ((1L << VersionBits) - 1);

    private int Other(int key, int step, Random random)
    {
        int first = key % step;
        return first + step * random.Next((count - first + step - 1) / step);
    }
}
