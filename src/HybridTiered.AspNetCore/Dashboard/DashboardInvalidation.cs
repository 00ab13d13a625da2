using System.Globalization;
using HybridTiered.Invalidation;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>An invalidation as a watching page is told of it.</summary>
internal sealed record DashboardInvalidation(
    string Cache, long Sequence, long At, InvalidationDirection Direction, InvalidationKind Kind, IReadOnlyList<string> Names, int Count, string Origin)
{
    // Longer names are cut: the page shows less, and a thousand of them travel at once to whoever begins to watch.
    private const int LongestName = 200;

    public static DashboardInvalidation Of(string cache, InvalidationRecord record) => new(
        cache, record.Sequence, record.Time.ToUnixTimeMilliseconds(), record.Direction, record.Kind,
        [.. record.Names.Select(name => name.Length <= LongestName ? name : string.Concat(name.AsSpan(0, LongestName), "…"))],
        // A number of 63 bits would be rounded by the page.
        record.Count, (record.Origin & 0xFFFFFF).ToString("x6", CultureInfo.InvariantCulture));
}
