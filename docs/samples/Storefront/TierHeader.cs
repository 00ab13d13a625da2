namespace Storefront;

/// <summary>Shows on an answer which tier it came from.</summary>
internal static class TierHeader
{
    public const string Name = "X-Cache-Tier";

    public static void ShowTier(this HttpResponse response, string source) => response.Headers[Name] = source;
}
