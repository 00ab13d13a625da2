namespace HybridTiered.Benchmarks.Gate;

/// <summary>The value in the middle, which a few disturbed rounds do not move.</summary>
internal static class Medians
{
    /// <summary>The upper one of the two in the middle where there are two.</summary>
    public static T Of<T>(IEnumerable<T> values)
    {
        T[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
