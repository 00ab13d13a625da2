namespace HybridTiered.Flights;

/// <summary>
/// One lock per key for operations that wait for tiers, so that two writers of a key never interleave between tiers. Waiters are served in the
/// order of their arrival.
/// </summary>
internal sealed class KeyLocks
{
    private const int ShardCount = 64;

    private readonly Shard[] _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new Shard())];

    /// <summary>Takes the lock of a key. Not re-entrant.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>What releases it, once, when disposed.</returns>
    public ValueTask<Holder> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        Shard shard = _shards[(uint)key.GetHashCode(StringComparison.Ordinal) % ShardCount];
        TaskCompletionSource turn;
        lock (shard.Lock)
        {
            if (shard.Held.TryAdd(key, null))
                return new ValueTask<Holder>(new Holder(shard, key));
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (shard.Held[key] ??= new LinkedList<TaskCompletionSource>()).AddLast(turn);
        }
        return WaitAsync(shard, key, turn, cancellationToken);
    }

    /// <summary>Takes the locks of several keys, in an order that is the same for all callers.</summary>
    public async ValueTask<IReadOnlyList<Holder>> AcquireAllAsync(IEnumerable<string> distinctKeys, CancellationToken cancellationToken)
    {
        var holders = new List<Holder>();
        try
        {
            foreach (string key in distinctKeys.Order(StringComparer.Ordinal))
                holders.Add(await AcquireAsync(key, cancellationToken).ConfigureAwait(false));
            return holders;
        }
        catch
        {
            foreach (Holder holder in holders)
                holder.Dispose();
            throw;
        }
    }

    private static async ValueTask<Holder> WaitAsync(Shard shard, string key, TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn);
        await turn.Task.ConfigureAwait(false);
        return new Holder(shard, key);
    }

    /// <summary>Holds the lock of a key.</summary>
    public readonly struct Holder : IDisposable
    {
        private readonly Shard _shard;
        private readonly string _key;

        internal Holder(Shard shard, string key) => (_shard, _key) = (shard, key);

        /// <summary>Passes the lock to the next that still waits.</summary>
        public void Dispose() => _shard.Release(_key);
    }

    internal sealed class Shard
    {
        public readonly Lock Lock = new();
        public readonly Dictionary<string, LinkedList<TaskCompletionSource>?> Held = new(StringComparer.Ordinal);

        public void Release(string key)
        {
            lock (Lock)
            {
                LinkedList<TaskCompletionSource>? waiting = Held[key];
                while (waiting?.First is { } next)
                {
                    waiting.RemoveFirst();
                    if (next.Value.TrySetResult())
                        return;
                }
                Held.Remove(key);
            }
        }
    }
}
