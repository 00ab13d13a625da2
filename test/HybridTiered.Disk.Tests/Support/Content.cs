using HybridTiered.Tiers;

namespace HybridTiered.Disk.Tests.Support;

/// <summary>
/// What a tier may answer: for each key the values that are right, <see langword="null"/> standing for "missing". A cache may always lose an
/// entry, so missing is right for every key; a value that was replaced or removed never is.
/// </summary>
internal sealed class Content
{
    private readonly Dictionary<string, byte[]?[]> _allowed = new(StringComparer.Ordinal);

    public IEnumerable<string> Keys => _allowed.Keys;

    /// <summary>The operation has succeeded: this is the one value.</summary>
    public void Is(string key, byte[]? value) => _allowed[key] = [value];

    /// <summary>The operation is under way or has failed: this value may be there, too.</summary>
    public void MayBe(string key, byte[]? value) => _allowed[key] = [.. _allowed.GetValueOrDefault(key, [null]), value];

    public Content Copy()
    {
        var copy = new Content();
        foreach ((string key, byte[]?[] values) in _allowed)
            copy._allowed[key] = values;
        return copy;
    }

    /// <summary>Reads every key and fails on a wrong value.</summary>
    /// <returns>How many keys are there.</returns>
    public async Task<int> VerifyAsync(DiskTier tier, string circumstance)
    {
        int found = 0;
        foreach ((string key, byte[]?[] values) in _allowed)
        {
            using TierEntry entry = await tier.ReadAsync(key, TierRead.Data, CancellationToken.None);
            if (!entry.Found)
                continue;
            found++;
            if (!Array.Exists(values, value => value is not null && entry.Data.Span.SequenceEqual(value)))
                Assert.Fail($"{circumstance}: '{key}' has a value that was replaced, removed or never written");
        }
        return found;
    }
}
