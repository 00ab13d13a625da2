namespace HybridTiered.Simulations.Policies;

/// <summary>Evicts the key that was asked for least recently.</summary>
internal sealed class Lru(int capacity, int keyCount) : IPolicy
{
    private readonly KeyList _keys = new(keyCount);

    public bool Access(int key)
    {
        if (_keys.Contains(key))
        {
            _keys.MoveToNewest(key);
            return true;
        }
        if (_keys.Count == capacity)
            _keys.RemoveOldest();
        _keys.Add(key);
        return false;
    }
}
