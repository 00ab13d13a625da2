using HybridTiered.Tiers;

namespace HybridTiered.Memcached.Items;

/// <summary>
/// The server's idea of an expiration time: whole seconds, 0 for never, relative up to 30 days and a Unix time on the server's own clock
/// above that, as its protocol.txt lays down.
/// </summary>
/// <remarks>
/// The server moves its clock once a second, so n seconds last anything from n - 1 to n. One more is asked for: the server may only be
/// late, at most two seconds, and the exact end is in the item's header.
/// </remarks>
internal static class Expiration
{
    public const long Never = 0;

    private const long MaximumRelativeSeconds = 30 * 24 * 60 * 60;

    /// <summary>The server reads 32 bits with a sign; what ends later than that can say (2038) is left to the header alone.</summary>
    private const long MaximumUnixSeconds = int.MaxValue;

    public static long SecondsFor(TimeSpan life) =>
        (life.Ticks / TimeSpan.TicksPerSecond) + (life.Ticks % TimeSpan.TicksPerSecond == 0 ? 1 : 2);

    public static long For(TierLifetime lifetime, long nowTicks) =>
        lifetime.UntilUnread is { } life ? For(SecondsFor(life), nowTicks) : Never;

    public static long For(long seconds, long nowTicks)
    {
        if (seconds <= MaximumRelativeSeconds)
            return seconds;
        long unix = ((nowTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond) + seconds;
        return unix <= MaximumUnixSeconds ? unix : Never;
    }
}
