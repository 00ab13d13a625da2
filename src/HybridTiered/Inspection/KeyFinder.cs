using HybridTiered.Chain;
using HybridTiered.Entries;
using HybridTiered.Tags;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Inspection;

/// <summary>Looks a key up in every tier of a chain, past everything that a read would change.</summary>
internal sealed class KeyFinder(TierChain chain)
{
    private const string Bytes = "bytes";
    private const string Entry = "entry";

    public IEnumerable<FoundEntry> FindInMemory(string key, bool values)
    {
        foreach (string storeKey in new[] { key, MemoryKeys.ForRaw(key) })
        {
            if (chain.Memory.Store.TryGet(storeKey, out MemoryEntry? entry))
                yield return Describe(entry, values);
        }
    }

    public async ValueTask<FoundEntry?> FindAsync(GuardedTier tier, string key, bool values, CancellationToken cancellationToken)
    {
        FoundEntry? found = null;
        // Past the guard's counters: what people look at is no hit and no miss. Its faults are faults all the same.
        Exception? fault = await tier.TryAsync(TierWork.Read, "look a key up", 0, async (t, _) =>
        {
            using TierEntry entry = await t.Tier.ReadAsync(t.FullKey(key), TierRead.Data, cancellationToken).ConfigureAwait(false);
            if (entry.Found)
                found = await DescribeAsync(t, key, entry.Data, values, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return fault is null
            ? found
            : new FoundEntry { Level = tier.Level, Tier = tier.Name, State = EntryState.Unknown, Form = Entry, Fault = fault.GetType().Name };
    }

    private FoundEntry Describe(MemoryEntry entry, bool values)
    {
        long now = chain.Memory.Clock.Now;
        bool endless = entry.ExpiresAt == CoarseClock.Never;
        return new FoundEntry
        {
            Level = 1,
            Tier = "memory",
            State = now >= entry.ExpiresAt ? EntryState.Expired
                : chain.Tags.IsDead(MemoryKeys.UserKey(entry.Key), entry.Created, entry.Tags) ? EntryState.Invalidated
                : entry.Plan is { IsStale: true } ? EntryState.Stale
                : EntryState.Live,
            Form = entry.Form,
            Created = Time(entry.Created),
            Remaining = endless ? null : TimeSpan.FromMilliseconds(Math.Max(0, entry.ExpiresAt - now)),
            Sliding = entry.Plan is { SlidingMilliseconds: > 0 and var sliding } ? TimeSpan.FromMilliseconds(sliding) : null,
            Tags = entry.Tags is { } tags ? [.. tags.Select(tag => tag.Tag)] : [],
            Version = entry.Version.Value,
            Size = entry.Size,
            Value = values ? EntryText.Of(entry.Content) : null,
        };
    }

    private async ValueTask<FoundEntry> DescribeAsync(
        GuardedTier tier, string key, ReadOnlyMemory<byte> data, bool values, CancellationToken cancellationToken)
    {
        PayloadDefect defect = PayloadCodec.TryRead(data, key, out EntryHeader header, out ReadOnlyMemory<byte> payload);
        if (defect != PayloadDefect.None)
            return await DescribeRawAsync(tier, key, data, defect, values, cancellationToken).ConfigureAwait(false);
        long left = Lifetimes.End(header, tier.TtlScale) - chain.Clock.Now;
        TagCell[]? tags = chain.Tags.Cells(header.Tags);
        bool known = await chain.TagRecords.EnsureLoadedAsync(tags).ConfigureAwait(false);
        bool dead = tier.Pending.Covers(key) || tier.Behind.Covers(key) || header.Created <= tier.Pending.EverythingBefore || chain.Tags.IsDead(key, header.Created, tags);
        return new FoundEntry
        {
            Level = tier.Level,
            Tier = tier.Name,
            State = left <= 0 ? EntryState.Expired : dead ? EntryState.Invalidated : known ? EntryState.Live : EntryState.Unknown,
            Form = Entry,
            Created = Time(header.Created),
            Duration = header.Duration,
            Remaining = TimeSpan.FromTicks(Math.Max(0, left)),
            Tags = header.Tags,
            Size = payload.Length,
            Value = values ? EntryText.Of(Expand(header, payload)) : null,
        };
    }

    private ReadOnlySpan<byte> Expand(in EntryHeader header, ReadOnlyMemory<byte> payload) =>
        header.ExpandedLength is { } length && PayloadCompression.TryExpand(payload.Span, length, chain.Options.MaximumPayloadBytes, out byte[]? expanded)
            ? expanded
            : payload.Span;

    // No header: bytes of the IDistributedCache face, or something that is not ours.
    private static async ValueTask<FoundEntry> DescribeRawAsync(
        GuardedTier tier, string key, ReadOnlyMemory<byte> data, PayloadDefect defect, bool values, CancellationToken cancellationToken)
    {
        bool raw = defect == PayloadDefect.NotAPayload;
        TierLifetime? lifetime = null;
        if (raw)
        {
            using TierEntry again = await tier.Tier.ReadAsync(tier.FullKey(key), TierRead.DataAndLifetime, cancellationToken).ConfigureAwait(false);
            lifetime = again.Lifetime;
        }
        return new FoundEntry
        {
            Level = tier.Level,
            Tier = tier.Name,
            State = !raw ? EntryState.Damaged : tier.Pending.Covers(key) || tier.Behind.Covers(key) ? EntryState.Invalidated : EntryState.Live,
            Form = raw ? Bytes : Entry,
            Remaining = lifetime?.UntilUnread,
            Sliding = lifetime?.Sliding,
            Size = data.Length,
            Value = values ? EntryText.Of(data.Span) : null,
        };
    }

    private static DateTimeOffset? Time(long ticks) => ticks > 0 && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
}
