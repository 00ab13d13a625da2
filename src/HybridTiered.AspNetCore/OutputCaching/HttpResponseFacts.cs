using System.Buffers.Binary;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>What has to be known of a stored response to decide whether it answers a request (RFC 9111, sections 3.5 and 4.2).</summary>
/// <param name="ResponseTime">When the response was received, in UTC ticks.</param>
/// <param name="InitialAge">Its age then.</param>
/// <param name="Freshness">The age at which it becomes stale.</param>
/// <param name="StatusCode">Its status.</param>
/// <param name="NeverStale">Whether it must not be served stale, whatever a client allows.</param>
/// <param name="ForAuthorized">Whether it may answer requests that say who is asking.</param>
internal sealed record HttpResponseFacts(
    long ResponseTime, TimeSpan InitialAge, TimeSpan Freshness, int StatusCode, bool NeverStale, bool ForAuthorized)
{
    /// <summary>How many bytes <see cref="WriteTo"/> writes.</summary>
    public const int Length = (3 * sizeof(long)) + sizeof(int) + sizeof(byte);

    private const int FreshnessAt = 2 * sizeof(long);
    private const int StatusCodeAt = 3 * sizeof(long);
    private const int FlagsAt = StatusCodeAt + sizeof(int);
    private const byte NeverStaleFlag = 1;
    private const byte ForAuthorizedFlag = 2;

    /// <summary>The age of the response (section 4.2.3).</summary>
    public TimeSpan AgeAt(DateTimeOffset now) => InitialAge + TimeSpan.FromTicks(Math.Max(0, now.UtcTicks - ResponseTime));

    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, ResponseTime);
        BinaryPrimitives.WriteInt64LittleEndian(destination[sizeof(long)..], InitialAge.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(destination[FreshnessAt..], Freshness.Ticks);
        BinaryPrimitives.WriteInt32LittleEndian(destination[StatusCodeAt..], StatusCode);
        destination[FlagsAt] = (byte)((NeverStale ? NeverStaleFlag : 0) | (ForAuthorized ? ForAuthorizedFlag : 0));
    }

    public static HttpResponseFacts ReadFrom(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source),
        TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(source[sizeof(long)..])),
        TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(source[FreshnessAt..])),
        BinaryPrimitives.ReadInt32LittleEndian(source[StatusCodeAt..]),
        (source[FlagsAt] & NeverStaleFlag) != 0,
        (source[FlagsAt] & ForAuthorizedFlag) != 0);
}
