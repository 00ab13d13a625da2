namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>
/// Since when pages are being rendered, so that what is invalidated meanwhile keeps them out. The middleware asks for a page, finds nothing, has it rendered and hands it
/// over; nothing but the key connects the two calls. A page counts as begun when its key was first asked for in vain since it was last handed over.
/// </summary>
/// <remarks>
/// A table of fixed size: keys that share a slot make a page look older than it is, so that at worst it is rendered once more. What is handed over without having been
/// asked for since the last time, by one of several renderings that go on at once, counts as begun with those before it. Only renderings of one page that overlap, which
/// the middleware prevents unless a policy turns locking off, can look younger than they are: when one of them ends after another has ended and the page was asked for
/// again.
/// </remarks>
internal sealed class RenderingTimes
{
    private const int SlotCount = 16_384;
    private const int LockCount = 64;

    private readonly Slot[] _slots = new Slot[SlotCount];
    private readonly Lock[] _locks = [.. Enumerable.Range(0, LockCount).Select(_ => new Lock())];

    /// <summary>A page was asked for in vain.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="now">A timestamp, from after the lookup.</param>
    public void Missed(string key, long now)
    {
        int index = IndexOf(key);
        lock (LockOf(index))
        {
            ref Slot slot = ref _slots[index];
            if (!slot.IsUnderWay)
                (slot.Since, slot.IsUnderWay) = (now, true);
        }
    }

    /// <summary>A page was rendered.</summary>
    /// <param name="key">Its key.</param>
    /// <returns>A timestamp from before it was begun, or <see langword="null"/> if it was never asked for.</returns>
    public long? Rendered(string key)
    {
        int index = IndexOf(key);
        lock (LockOf(index))
        {
            ref Slot slot = ref _slots[index];
            if (slot.IsUnderWay)
                (slot.Before, slot.HasBefore, slot.IsUnderWay) = (slot.Since, true, false);
            return slot.HasBefore ? slot.Before : null;
        }
    }

    private static int IndexOf(string key) => (int)((uint)key.GetHashCode(StringComparison.Ordinal) % SlotCount);

    private Lock LockOf(int index) => _locks[index % LockCount];

    private struct Slot
    {
        public long Since;
        public long Before;
        public bool IsUnderWay;
        public bool HasBefore;
    }
}
