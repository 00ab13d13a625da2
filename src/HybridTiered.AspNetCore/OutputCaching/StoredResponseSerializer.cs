using System.Buffers;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// The payload of a stored response in tiers that keep bytes: one byte that says whether facts follow, the facts, and the middleware's bytes to the end.
/// </summary>
internal sealed class StoredResponseSerializer : IHybridCacheSerializer<StoredResponse>
{
    private const byte Plain = 0;
    private const byte WithFacts = 1;

    public void Serialize(StoredResponse value, IBufferWriter<byte> target)
    {
        if (value.Facts is { } facts)
        {
            target.Write([WithFacts]);
            facts.WriteTo(target.GetSpan(HttpResponseFacts.Length));
            target.Advance(HttpResponseFacts.Length);
        }
        else
        {
            target.Write([Plain]);
        }
        target.Write(value.Bytes);
    }

    public StoredResponse Deserialize(ReadOnlySequence<byte> source)
    {
        byte kind = source.IsEmpty ? byte.MaxValue : source.FirstSpan[0];
        switch (kind)
        {
            case Plain:
                return new StoredResponse(source.Slice(1).ToArray(), null);
            case WithFacts when source.Length > HttpResponseFacts.Length:
                Span<byte> facts = stackalloc byte[HttpResponseFacts.Length];
                source.Slice(1, HttpResponseFacts.Length).CopyTo(facts);
                return new StoredResponse(source.Slice(1 + HttpResponseFacts.Length).ToArray(), HttpResponseFacts.ReadFrom(facts));
            default:
                throw new FormatException($"A stored response of {source.Length} bytes begins with {kind}; this version does not know it.");
        }
    }
}
