using HybridTiered.Entries;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Simulations.Policies;

/// <summary>L1 as it is shipped: the store itself, asked as a cache asks it whose factories are instantaneous.</summary>
internal sealed class Product : IPolicy, IDisposable
{
    private readonly S3FifoStore _store;
    private readonly string[] _names;

    public Product(int capacity, int keyCount)
    {
        _store = new S3FifoStore(long.MaxValue / 2, capacity, new CoarseClock(TimeProvider.System), TimeProvider.System);
        _names = [.. Enumerable.Range(0, keyCount).Select(static key => $"key:{key}")];
    }

    public bool Access(int key)
    {
        string name = _names[key];
        if (_store.TryGet(name, out _))
            return true;
        _store.Put(new ObjectEntry<int>(name, key, 1) { NextEvent = CoarseClock.Never });
        return false;
    }

    public void Dispose() => _store.Dispose();
}
