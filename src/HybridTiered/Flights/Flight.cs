using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Flights;

/// <summary>
/// The one computation or lower-tier read that all concurrent callers of a key share. How many callers it has, whether more may join, whether its
/// result is decided and whether it is tainted belongs to the <see cref="FlightTable"/>, under the lock of the key's shard.
/// </summary>
/// <remarks>Every miss makes one, so it is small: what few flights have lies in <see cref="FlightExtras"/>.</remarks>
internal abstract class Flight
{
    private static readonly AsyncLocal<Flight?> Running = new();

    internal Flight? NextOfKey;
    internal int Callers;
    private FlightExtras? _extras;

    // All flags that mean anything are below 2^16.
    private ushort _flags;

    // Volatile, because some are looked at without the lock.
    private volatile FlightMarks _marks;

    /// <summary>The flight whose factory the current code runs in, if any.</summary>
    public static Flight? Current
    {
        get => Running.Value;
        set => Running.Value = value;
    }

    public string Key { get; private set; } = "";

    public HybridCacheEntryFlags Flags => (HybridCacheEntryFlags)_flags;

    /// <summary>When it started, in UTC ticks on the cluster's clock: the creation time of whatever it computes.</summary>
    public long Created { get; private set; }

    /// <summary>The tag epoch when it started.</summary>
    public long Epoch { get; private set; }

    /// <summary>The flight whose factory started this one, if any.</summary>
    public Flight? Parent
    {
        get => _extras?.Parent;
        set => Extras.Parent = value;
    }

    /// <summary>Whether the factory makes this entry alone, so that what it says concerns it.</summary>
    public bool HasContext
    {
        get => _extras is not { MakesMany: true };
        set => Extras.MakesMany = !value;
    }

    /// <summary>What the factory says about its result; made when it first asks.</summary>
    public FactoryContext? Context
    {
        get => _extras?.Context;
        set => Extras.Context = value;
    }

    /// <summary>Whether its callers have been given an expired value while the factory goes on.</summary>
    public bool Answered
    {
        get => _extras is { Answered: true };
        set => Extras.Answered = value;
    }

    /// <summary>The value that the factory is to replace, if fail-safe or a refresh has one.</summary>
    public PreviousValue? Previous
    {
        get => _extras?.Previous;
        set => Extras.Previous = value;
    }

    /// <summary>Fires when no caller is left. Only flights whose every caller can leave have one.</summary>
    public CancellationTokenSource? Cancellation => _extras?.Cancellation;

    /// <summary>The lock by which this is the only flight of its key in the cluster, if it took one.</summary>
    public IAsyncDisposable? ClusterLock
    {
        get => _extras?.ClusterLock;
        set => Extras.ClusterLock = value;
    }

    internal bool Joinable
    {
        get => Has(FlightMarks.Joinable);
        set => Mark(FlightMarks.Joinable, value);
    }

    internal bool Closed => Has(FlightMarks.Closed);

    internal bool Tainted
    {
        get => Has(FlightMarks.Tainted);
        set => Mark(FlightMarks.Tainted, value);
    }

    internal bool Doubted
    {
        get => Has(FlightMarks.Doubted);
        set => Mark(FlightMarks.Doubted, value);
    }

    internal bool Ended
    {
        get => Has(FlightMarks.Ended);
        set => Mark(FlightMarks.Ended, value);
    }

    /// <summary>Whether others than its leader may still hold it, so that it cannot be used again.</summary>
    internal bool Shared
    {
        get => Has(FlightMarks.Shared);
        set => Mark(FlightMarks.Shared, value);
    }

    /// <summary>What to complete when it ends, if anybody waits for that.</summary>
    internal TaskCompletionSource? End
    {
        get => _extras?.End;
        set => Extras.End = value;
    }

    // The leader and the table may both be the first to need them.
    private FlightExtras Extras => _extras ?? Interlocked.CompareExchange(ref _extras, new FlightExtras(), null) ?? _extras;

    /// <summary>Whether this flight was started by a factory that is making the very same entry.</summary>
    public bool IsRunningAround()
    {
        for (Flight? outer = Parent; outer is not null; outer = outer.Parent)
        {
            if (!outer.Closed && outer.Key == Key && outer.Flags == Flags && outer.GetType() == GetType())
                return true;
        }
        return false;
    }

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

    internal void Close_NeedsLock() => _marks = (_marks & ~FlightMarks.Joinable) | FlightMarks.Closed;

    /// <summary>Makes it the flight of a key, with one caller.</summary>
    protected void Begin(string key, HybridCacheEntryFlags flags, long created, long epoch, Flight? parent, CancellationTokenSource? cancellation)
    {
        Key = key;
        _flags = (ushort)flags;
        Created = created;
        Epoch = epoch;
        Callers = 1;
        NextOfKey = null;
        _marks = FlightMarks.Joinable;
        _extras = parent is null && cancellation is null ? null : new FlightExtras { Parent = parent, Cancellation = cancellation };
    }

    private bool Has(FlightMarks mark) => (_marks & mark) != 0;

    private void Mark(FlightMarks mark, bool value) => _marks = value ? _marks | mark : _marks & ~mark;
}
