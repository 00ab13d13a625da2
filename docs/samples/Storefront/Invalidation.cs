using HybridTiered.Chain;

namespace Storefront;

/// <summary>Invalidations whose failure is no reason to fail a request.</summary>
internal static class Invalidation
{
    /// <summary>On an answer whose change other processes may learn of only later.</summary>
    public const string Header = "X-Cache-Invalidation";

    /// <summary>Waits for an invalidation.</summary>
    /// <returns>Whether it is complete. If not, a part of the cache could not be reached, and the cache keeps trying.</returns>
    public static async Task<bool> TryAsync(ValueTask invalidation)
    {
        try
        {
            await invalidation;
            return true;
        }
        catch (InvalidationIncompleteException)
        {
            return false;
        }
    }
}
