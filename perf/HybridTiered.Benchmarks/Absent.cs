namespace HybridTiered.Benchmarks;

/// <summary>The factory of values that are always cached.</summary>
internal static class Absent
{
    public static readonly Func<CancellationToken, ValueTask<string>> Factory =
        static _ => throw new InvalidOperationException("A value that should have been in L1 was not.");
}
