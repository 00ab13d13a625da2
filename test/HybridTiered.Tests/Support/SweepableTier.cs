using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Support;

/// <summary>An <see cref="InMemoryTier"/> that finds its keys by pattern.</summary>
public sealed class SweepableTier(TimeProvider time) : InMemoryTier(time), IPatternTier
{
    public const string Sweep = nameof(Sweep);

    public async ValueTask<long> RemoveByPatternAsync(GlobPattern pattern, string keepPrefix, CancellationToken cancellationToken)
    {
        await EnterAsync(Sweep, pattern.Text, cancellationToken);
        string[] found = [.. Keys.Where(key => pattern.Matches(key) && !key.StartsWith(keepPrefix, StringComparison.Ordinal))];
        foreach (string key in found)
            await RemoveAsync(key, cancellationToken);
        return found.Length;
    }
}
