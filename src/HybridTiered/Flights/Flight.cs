using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Flights;

/// <summary>
/// The one computation or lower-tier read that all concurrent callers of a key share. How many callers it has, whether more may join, whether its
/// result is decided and whether it is tainted belongs to the <see cref="FlightTable"/>, under the lock of the key's shard.
/// </summary>
internal abstract class Flight(string key, HybridCacheEntryFlags flags, long created, long epoch, Flight? parent, CancellationTokenSource? cancellation)
{
    private static readonly AsyncLocal<Flight?> Running = new();

    internal Flight? NextOfKey;
    internal int Callers = 1;
    internal bool Joinable = true;
    internal bool Closed;
    internal bool Tainted;
    internal bool Doubted;
    internal bool Ended;
    internal TaskCompletionSource? End;

    /// <summary>The flight whose factory the current code runs in, if any.</summary>
    public static Flight? Current
    {
        get => Running.Value;
        set => Running.Value = value;
    }

    public string Key { get; } = key;

    public HybridCacheEntryFlags Flags { get; } = flags;

    /// <summary>When it started, in UTC ticks on the cluster's clock: the creation time of whatever it computes.</summary>
    public long Created { get; } = created;

    /// <summary>The tag epoch when it started.</summary>
    public long Epoch { get; } = epoch;

    /// <summary>The flight whose factory started this one, if any.</summary>
    public Flight? Parent { get; } = parent;

    /// <summary>Whether the factory makes this entry alone, so that what it says concerns it.</summary>
    public bool HasContext { get; set; } = true;

    /// <summary>What the factory says about its result; made when it first asks.</summary>
    public FactoryContext? Context { get; set; }

    /// <summary>Whether its callers have been given an expired value while the factory goes on.</summary>
    public bool Answered { get; set; }

    /// <summary>The value that the factory is to replace, if fail-safe or a refresh has one.</summary>
    public PreviousValue? Previous { get; set; }

    /// <summary>Fires when no caller is left. Only flights whose every caller can leave have one.</summary>
    public CancellationTokenSource? Cancellation { get; } = cancellation;

    /// <summary>Whether this flight was started by a factory that is making the very same entry.</summary>
    public bool IsRunningAround()
    {
        for (Flight? outer = Parent; outer is not null; outer = outer.Parent)
        {
            if (!Volatile.Read(ref outer.Closed) && outer.Key == Key && outer.Flags == Flags && outer.GetType() == GetType())
                return true;
        }
        return false;
    }

    internal void Close_NeedsLock()
    {
        Joinable = false;
        Closed = true;
    }

    /// <summary>The lock by which this is the only flight of its key in the cluster, if it took one.</summary>
    public IAsyncDisposable? ClusterLock { get; set; }

    /// <summary>Whether the code that runs now is part of this flight's own factory, directly or through other flights.</summary>
    public bool IsRunningHere()
    {
        for (Flight? running = Current; running is not null; running = running.Parent)
        {
            if (running == this)
                return true;
        }
        return false;
    }
}
