using System.Globalization;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// How the policy of HTTP caching names to the store, through the middleware's key, the variant that a request selects and the response that was chosen for it.
/// </summary>
/// <param name="StorageKey">The key of the variant in the cache.</param>
/// <param name="ResponseTime">Which response of the variant may be served, by its time; 0 for none.</param>
internal readonly record struct HttpKey(string StorageKey, long ResponseTime)
{
    private const int TimeLength = 16;

    /// <summary>What nobody outside of this process can begin a key or a tag with.</summary>
    public static string Mark { get; } = $"http-{Guid.NewGuid():N}-";

    /// <summary>The prefix that the middleware is to give its key.</summary>
    public string ToPrefix() => string.Create(CultureInfo.InvariantCulture, $"{Mark}{ResponseTime:x16}{StorageKey}");

    /// <summary>Reads a key of the middleware.</summary>
    /// <returns>Whether it has such a prefix.</returns>
    public static bool TryParse(string key, out HttpKey parsed)
    {
        parsed = default;
        if (!key.StartsWith(Mark, StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> rest = key.AsSpan(Mark.Length);
        int end = rest.IndexOf(PageKey.Delimiter);
        if (end < TimeLength || !long.TryParse(rest[..TimeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long time))
            return false;
        parsed = new HttpKey(rest[TimeLength..end].ToString(), time);
        return true;
    }
}
