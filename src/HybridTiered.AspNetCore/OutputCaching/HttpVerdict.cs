using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// What the policy of HTTP caching has decided about a response that is to be stored. It reaches the store as a tag, which is all that the middleware passes on from
/// a policy once a response has begun, and is not kept as one.
/// </summary>
/// <param name="Facts">What to keep with the response.</param>
/// <param name="Lifetime">How long to keep it.</param>
/// <param name="BegunAt">A timestamp from before the response was made.</param>
internal sealed record HttpVerdict(HttpResponseFacts Facts, TimeSpan Lifetime, long BegunAt)
{
    private const int Length = HttpResponseFacts.Length + (2 * sizeof(long));

    /// <summary>The tag.</summary>
    public string ToTag()
    {
        Span<byte> bytes = stackalloc byte[Length];
        Facts.WriteTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[HttpResponseFacts.Length..], Lifetime.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(HttpResponseFacts.Length + sizeof(long))..], BegunAt);
        return HttpKey.Mark + Convert.ToHexStringLower(bytes);
    }

    /// <summary>Reads a tag.</summary>
    /// <returns>Whether it is such a one.</returns>
    public static bool TryParse(string tag, [NotNullWhen(true)] out HttpVerdict? verdict)
    {
        verdict = null;
        if (tag?.StartsWith(HttpKey.Mark, StringComparison.Ordinal) != true)
            return false;
        ReadOnlySpan<byte> bytes = Convert.FromHexString(tag.AsSpan(HttpKey.Mark.Length));
        verdict = new HttpVerdict(
            HttpResponseFacts.ReadFrom(bytes),
            TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(bytes[HttpResponseFacts.Length..])),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[(HttpResponseFacts.Length + sizeof(long))..]));
        return true;
    }
}
