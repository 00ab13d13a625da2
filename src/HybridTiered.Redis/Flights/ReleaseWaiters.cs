namespace HybridTiered.Redis.Flights;

/// <summary>Who in this process waits for which key.</summary>
internal sealed class ReleaseWaiters
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Waiting> _byKey = new(StringComparer.Ordinal);

    /// <summary>Starts to wait; all who wait for a key share one signal.</summary>
    public Task Enter(string key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out Waiting? waiting))
                _byKey.Add(key, waiting = new Waiting());
            waiting.Count++;
            return waiting.Released.Task;
        }
    }

    /// <summary>Stops to wait, released or not.</summary>
    public void Leave(string key, Task entered)
    {
        lock (_lock)
        {
            // After a release the key may have a new signal, with other waiters.
            if (_byKey.TryGetValue(key, out Waiting? waiting) && waiting.Released.Task == entered && --waiting.Count == 0)
                _byKey.Remove(key);
        }
    }

    /// <summary>Wakes all who wait for a key now.</summary>
    public void Release(string key)
    {
        lock (_lock)
        {
            if (_byKey.Remove(key, out Waiting? waiting))
                waiting.Released.SetResult();
        }
    }

    private sealed class Waiting
    {
        public TaskCompletionSource Released { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count { get; set; }
    }
}
