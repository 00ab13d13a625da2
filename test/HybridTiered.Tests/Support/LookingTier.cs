using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Support;

/// <summary>A shared tier that stores nothing, and looks at the very bytes that it is given as long as the contract lets it.</summary>
public sealed class LookingTier : ICacheTier
{
    private readonly List<(ReadOnlyMemory<byte> Data, byte[] Copy)> _writes = [];

    /// <summary>Awaited by each write once it has noted its bytes; called with the key.</summary>
    public Func<string, ValueTask>? During { get; set; }

    /// <summary>The bytes of each write, and what they were at its start.</summary>
    public IReadOnlyList<(ReadOnlyMemory<byte> Data, byte[] Copy)> Writes => _writes;

    public TierReach Reach => TierReach.Shared;

    public ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken) => new(TierEntry.Missing);

    public async ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        _writes.Add((data, data.ToArray()));
        if (During is { } during)
            await during(key);
        return EntryVersion.None;
    }

    public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken) => new(EntryVersion.None);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
