using System.Globalization;
using HybridTiered.Entries;

namespace HybridTiered.Memcached.Connections;

/// <summary>What a connection learned of its server when it was opened.</summary>
/// <remarks>
/// <para>
/// Versions. The server numbers its writes (CAS) from 1 after each start, so the same number can name different writes of a key before and
/// after a restart. The version therefore is the server's start time in seconds times 2^24, plus the number. It grows across restarts too
/// while a server makes less than 2^24 writes a second on average, and a version from before a restart never matches. Two starts within one
/// second cannot be told apart, nor can those of a proxy that does not pass statistics on.
/// </para>
/// <para>
/// Time. Ends of entries are written on the server's clock, so that the clocks of the instances need not agree. The server tells it in
/// whole seconds: an instance that differs by less than <see cref="Agreement"/> trusts its own finer clock, another one adds the difference
/// and is exact to about a second.
/// </para>
/// </remarks>
/// <param name="Dialect">The commands to use.</param>
/// <param name="VersionBase">The version that stands for CAS 0.</param>
/// <param name="ClockOffset">The server's clock less our own; zero where they agree.</param>
internal sealed record ServerProfile(Dialect Dialect, long VersionBase, TimeSpan ClockOffset)
{
    private const int StartShift = 24;

    private static readonly TimeSpan Agreement = TimeSpan.FromSeconds(2);

    /// <summary>The first version with the final form of the meta commands: data length after the key, HD for success.</summary>
    private static readonly Version FirstWithMeta = new(1, 6, 10);

    public static ServerProfile For(
        MemcachedProtocol protocol, Version version, IReadOnlyDictionary<string, string> statistics, DateTimeOffset ourTime)
    {
        long time = Read(statistics, "time");
        long uptime = Read(statistics, "uptime");
        long start = time > 0 && uptime >= 0 && uptime <= time ? time - uptime : 0;
        TimeSpan difference = time > 0 ? DateTimeOffset.FromUnixTimeSeconds(time) + TimeSpan.FromSeconds(0.5) - ourTime : TimeSpan.Zero;
        return new ServerProfile(
            protocol == MemcachedProtocol.Automatic && version >= FirstWithMeta ? Dialect.Meta : Dialect.Classic,
            start << StartShift,
            difference.Duration() < Agreement ? TimeSpan.Zero : difference);
    }

    /// <summary>The version of a CAS value; none for 0, which servers without CAS report.</summary>
    public EntryVersion ToVersion(ulong cas) => cas == 0 ? EntryVersion.None : new EntryVersion(unchecked(VersionBase + (long)cas));

    /// <summary>The CAS value of a version, unless it is from before the server started.</summary>
    public ulong? ToCas(EntryVersion version) => version.Value > VersionBase ? (ulong)(version.Value - VersionBase) : null;

    private static long Read(IReadOnlyDictionary<string, string> statistics, string name)
    {
        const long LatestReadable = 1L << 36;
        return statistics.TryGetValue(name, out string? text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            && value < LatestReadable ? value : -1;
    }
}
