using System.Diagnostics.CodeAnalysis;
using HybridTiered.Entries;

namespace HybridTiered.Tiers.Memory;

/// <summary>A plain concurrent map without limits: entries stay until they are removed or have expired. For key sets known to be small.</summary>
internal sealed class UnboundedStore : IMemoryStore
{
    private readonly EntryMap _map = new(new Lock());
    private readonly ExpirySweep _expiry;

    /// <param name="clock">The clock of the entries' expiry.</param>
    /// <param name="time">Drives the removal of expired entries.</param>
    /// <param name="sweepInterval">How often these are looked for; <see langword="null"/> for 30 s.</param>
    public UnboundedStore(CoarseClock clock, TimeProvider time, TimeSpan? sweepInterval = null) =>
        _expiry = new ExpirySweep(clock, time, sweepInterval, _map.Entries, _map.Remove);

    public long Count => _map.Count;

    public long SizeInBytes => _map.SizeInBytes;

    public long Evictions => 0;

    public long Expirations => _expiry.Removed;

    public IEnumerable<MemoryEntry> Entries => _map.Entries;

    public bool TryGet(string key, [NotNullWhen(true)] out MemoryEntry? entry) => _map.TryGet(key, out entry);

    public bool TryGet(ReadOnlySpan<char> key, [NotNullWhen(true)] out MemoryEntry? entry) => _map.TryGet(key, out entry);

    public void Put(MemoryEntry entry)
    {
        _map.Put(entry);
        _expiry.EnsureStarted();
    }

    public bool TryReplace(MemoryEntry old, MemoryEntry entry) => _map.TryReplace(old, entry);

    public bool Remove(string key) => _map.Remove(key, out _);

    public bool Remove(MemoryEntry entry) => _map.Remove(entry);

    public void Clear()
    {
        foreach (MemoryEntry entry in _map.Entries)
            _map.Remove(entry);
    }

    public void Dispose()
    {
        _expiry.Dispose();
        Clear();
    }
}
