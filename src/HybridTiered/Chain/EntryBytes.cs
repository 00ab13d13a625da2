using HybridTiered.Entries;

namespace HybridTiered.Chain;

/// <summary>The bytes of an entry, header included, as the tiers below L1 get them.</summary>
/// <param name="buffer">Where they lie.</param>
/// <param name="start">Where in it they begin; they end with it.</param>
internal readonly struct EntryBytes(PooledBufferWriter buffer, int start = 0) : IDisposable
{
    public int Length => buffer.WrittenCount - start;

    public ReadOnlyMemory<byte> Memory => buffer.WrittenMemory[start..];

    /// <summary>Has to be told of the end of each write that got <see cref="Memory"/>: after one that did not end well somebody may still read it, so it never goes back to the pool.</summary>
    public void Ended(WriteOutcome outcome)
    {
        if (outcome is WriteOutcome.Failed or WriteOutcome.TimedOut)
            buffer.KeepFromPool();
    }

    public void Dispose() => buffer.Dispose();
}
