using HybridTiered.Entries;
using HybridTiered.Tags;
using HybridTiered.Tiers;

namespace HybridTiered.Chain;

/// <summary>An entry found below L1, checked and deserialised. No object, so that a hit allocates none; passed by reference, because it is large.</summary>
/// <param name="Index">The place of its tier among the lower ones.</param>
/// <param name="Value">The value.</param>
/// <param name="Header">What the entry says about itself.</param>
/// <param name="Tags">The cells of its tags.</param>
/// <param name="Payload">The serialised value, valid until <paramref name="Entry"/> is disposed.</param>
/// <param name="Stored">The same as it is stored, compressed if the header says so.</param>
/// <param name="Entry">The owner of the bytes.</param>
/// <param name="Ends">When its life in that tier ends, in UTC ticks on the cluster's clock.</param>
internal record struct TierHit<T>(
    int Index, T Value, EntryHeader Header, TagCell[]? Tags, ReadOnlyMemory<byte> Payload, ReadOnlyMemory<byte> Stored, TierEntry Entry, long Ends)
{
    /// <summary>What a promotion now may grant in a tier with a scale; zero or less when it is too late.</summary>
    public readonly TimeSpan Grant(long now, double scale) => Lifetimes.Promoted(TimeSpan.FromTicks(Ends - now), Header.Duration, scale);
}
