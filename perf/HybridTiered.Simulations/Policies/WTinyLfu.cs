namespace HybridTiered.Simulations.Policies;

/// <summary>
/// W-TinyLFU: Einziger, Friedman, Manes, "TinyLFU: A highly efficient cache admission policy", ACM Transactions on Storage 13 (4), 2017,
/// https://doi.org/10.1145/3149371. New keys pass through a window of 1 %, in the order of their last use. Who leaves the window enters the main part
/// only if the sketch has seen it more often than the one that would have to go there. The main part is segmented: hit once more, keys
/// are protected, which holds for 80 % of it.
/// </summary>
internal sealed class WTinyLfu : IPolicy
{
    private const double WindowShare = 0.01;
    private const double ProtectedShare = 0.8;

    private readonly FrequencySketch _sketch;
    private readonly KeyList _window;
    private readonly KeyList _probation;
    private readonly KeyList _protected;
    private readonly int _windowCapacity;
    private readonly int _mainCapacity;
    private readonly int _protectedCapacity;

    public WTinyLfu(int capacity, int keyCount)
    {
        _sketch = new FrequencySketch(capacity);
        _window = new KeyList(keyCount);
        _probation = new KeyList(keyCount);
        _protected = new KeyList(keyCount);
        _windowCapacity = Math.Max(1, (int)(capacity * WindowShare));
        _mainCapacity = capacity - _windowCapacity;
        _protectedCapacity = (int)(_mainCapacity * ProtectedShare);
    }

    public bool Access(int key)
    {
        _sketch.Count(key);
        if (_window.Contains(key))
            _window.MoveToNewest(key);
        else if (_protected.Contains(key))
            _protected.MoveToNewest(key);
        else if (_probation.Contains(key))
            Protect(key);
        else
        {
            Insert(key);
            return false;
        }
        return true;
    }

    private void Protect(int key)
    {
        _probation.Remove(key);
        _protected.Add(key);
        if (_protected.Count > _protectedCapacity)
            _probation.Add(_protected.RemoveOldest());
    }

    private void Insert(int key)
    {
        _window.Add(key);
        if (_window.Count <= _windowCapacity)
            return;
        int candidate = _window.RemoveOldest();
        if (_probation.Count + _protected.Count == _mainCapacity)
        {
            if (_probation.Count == 0 || _sketch.Estimate(candidate) <= _sketch.Estimate(_probation.Oldest))
                return;
            _probation.RemoveOldest();
        }
        _probation.Add(candidate);
    }
}
