using HybridTiered.Diagnostics;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;

namespace HybridTiered.Chain;

/// <summary>One cache without its faces: the chain, and the operations upon it.</summary>
internal sealed class CacheCore : IAsyncDisposable
{
    // What a part that closes properly may take, even when the application does not want to wait for work under way.
    private static readonly TimeSpan ShortestEnd = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _shutdown;
    private readonly KeyChanges? _changes;
    private readonly Lock _disposal = new();
    private Task? _disposed;

    public CacheCore(TierChain chain, InvalidationCoordinator coordinator, KeyChanges? changes, CancellationTokenSource shutdown)
    {
        _shutdown = shutdown;
        _changes = changes;
        Chain = chain;
        Coordinator = coordinator;
        Encoder = new ValueEncoder(chain);
        Behind = new WriteBehind(chain, Encoder, coordinator);
        var reader = new ChainReader(chain, Encoder);
        var failSafe = new FailSafe(chain, Encoder);
        var factories = new FactoryRunner(chain);
        var cluster = new ClusterFlight(chain, reader);
        var ends = new FlightEnding(chain, cluster, Encoder, Behind);
        var runner = new FlightRunner(chain, reader, cluster, Encoder, failSafe, factories, ends);
        Reads = new ReadThrough(chain, runner, ends);
        BulkReads = new BulkReadThrough(chain, runner, ends, factories, reader, Reads, failSafe);
        Refreshes = new EagerRefresh(chain, runner, Reads);
        RawReads = new RawReadThrough(chain, Reads, Behind);
        Invalidator = new Invalidator(chain, coordinator);
        Setter = new ValueSetter(chain, Invalidator, Encoder);
        coordinator.Attach(new RemoteInvalidations(chain, Invalidator));
        // With nobody to hear from and nothing to catch up with, there is nothing to wait for.
        foreach (GuardedTier tier in chain.Lower)
        {
            tier.CaughtUp = tier.Reach == TierReach.Shared || !coordinator.HasBackplane;
            tier.OnLateWrite = (late, key) => Invalidator.Defer(late, [key], chain.Clock.Now);
        }
        chain.Telemetry.Report(GetStatistics);
    }

    public TierChain Chain { get; }

    public InvalidationCoordinator Coordinator { get; }

    public ValueEncoder Encoder { get; }

    public WriteBehind Behind { get; }

    public ReadThrough Reads { get; }

    public BulkReadThrough BulkReads { get; }

    public EagerRefresh Refreshes { get; }

    public RawReadThrough RawReads { get; }

    public Invalidator Invalidator { get; }

    public ValueSetter Setter { get; }

    /// <summary>Starts what has to run in the background, if anything has to.</summary>
    public void EnsureStarted()
    {
        if (Coordinator.HasBackplane)
            Coordinator.EnsureStarted();
        _changes?.EnsureStarted();
    }

    /// <inheritdoc cref="InvalidationCoordinator.WhenReadyAsync"/>
    public Task WhenReadyAsync()
    {
        _changes?.EnsureStarted();
        return Coordinator.WhenReadyAsync();
    }

    /// <summary>Ends when everything that was known when this was called has been applied and written.</summary>
    public async Task WhenSettledAsync()
    {
        await Chain.Background.WhenIdleAsync().ConfigureAwait(false);
        if (Coordinator.HasBackplane)
            await Coordinator.WhenSettledAsync().ConfigureAwait(false);
        await Chain.Background.WhenIdleAsync().ConfigureAwait(false);
    }

    public CacheStatistics GetStatistics()
    {
        CacheCounters counters = Chain.Counters;
        long memoryHits = Chain.Memory.Hits.Value;
        long lower = Volatile.Read(ref counters.LowerHits);
        long misses = Volatile.Read(ref counters.Misses);
        long shared = Volatile.Read(ref counters.Shared);
        long bypassed = Volatile.Read(ref counters.Bypassed);
        (int flights, int callers) = Chain.Flights.Count();
        return new CacheStatistics
        {
            Requests = memoryHits + lower + misses + shared + bypassed,
            LowerHits = lower,
            Misses = misses,
            Shared = shared,
            Bypassed = bypassed,
            FactoryCalls = Volatile.Read(ref counters.FactoryCalls),
            FactoryFailures = Volatile.Read(ref counters.FactoryFailures),
            NotStored = Volatile.Read(ref counters.NotStored),
            StaleServed = Volatile.Read(ref counters.StaleServed),
            FactoryTimeouts = Volatile.Read(ref counters.FactoryTimeouts),
            EagerRefreshes = Volatile.Read(ref counters.EagerRefreshes),
            WritesDropped = Volatile.Read(ref counters.WritesDropped),
            Flights = flights,
            Callers = callers,
            Background = Chain.Background.Running,
            Tiers = [OfMemory(memoryHits, lower + misses + shared), .. Chain.Lower.Select(Of)],
            Invalidations = OfInvalidations(),
        };
    }

    /// <summary>
    /// Lets flights and writes behind finish within the shutdown timeout, then cancels them, and ends subscriptions and tiers. Every call waits for the same end.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_disposal)
            return new ValueTask(_disposed ??= Task.Run(DisposeOnceAsync));
    }

    private async Task DisposeOnceAsync()
    {
        TimeSpan timeout = Chain.Options.ShutdownTimeout;
        try
        {
            await WhenQuietAsync().WaitAsync(timeout, Chain.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Chain.Logger.ShutdownTimedOut(Chain.Background.Running, Chain.Flights.Count().Flights, timeout);
        }
        await EndQuietlyAsync(_shutdown.CancelAsync).ConfigureAwait(false);
        foreach (CancellationTokenSource flight in Chain.Flights.Cancellations())
            await EndQuietlyAsync(flight.CancelAsync).ConfigureAwait(false);
        await EndQuietlyAsync(() => Coordinator.DisposeAsync().AsTask()).ConfigureAwait(false);
        if (_changes is not null)
            await EndQuietlyAsync(() => _changes.DisposeAsync().AsTask()).ConfigureAwait(false);
        if (Chain.ClusterLock is IAsyncDisposable clusterLock)
            await EndQuietlyAsync(() => clusterLock.DisposeAsync().AsTask()).ConfigureAwait(false);
        foreach (GuardedTier tier in Chain.Lower)
            await EndQuietlyAsync(() => tier.DisposeAsync().AsTask()).ConfigureAwait(false);
        Chain.Telemetry.Dispose();
        Chain.Memory.Dispose();
    }

    // A flight ends in a write behind, and a write behind can go on for a flight that has ended.
    private async Task WhenQuietAsync()
    {
        await Chain.Flights.WhenEndedAsync().ConfigureAwait(false);
        await Chain.Background.WhenIdleAsync().ConfigureAwait(false);
    }

    // The application is going down: one part that fails to close, or does not come to an end, must not keep the others open.
    private async ValueTask EndQuietlyAsync(Func<Task> end)
    {
        TimeSpan timeout = Chain.Options.ShutdownTimeout > ShortestEnd ? Chain.Options.ShutdownTimeout : ShortestEnd;
        try
        {
            await end().WaitAsync(timeout, Chain.Time).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Chain.Logger.BackgroundWorkFailed(exception);
        }
    }

    private TierStatistics OfMemory(long hits, long misses) => new()
    {
        Level = 1,
        Name = "memory",
        Reach = TierReach.Process,
        IsOpen = true,
        Hits = hits,
        Misses = misses,
        Writes = Volatile.Read(ref Chain.Counters.MemoryWrites) + Volatile.Read(ref Chain.Counters.MemoryPromotions),
        Promotions = Volatile.Read(ref Chain.Counters.MemoryPromotions),
        Removals = Volatile.Read(ref Chain.Counters.MemoryRemovals),
        KnowsSize = true,
        Entries = Chain.Memory.Store.Count,
        SizeInBytes = Chain.Memory.Store.SizeInBytes,
        Evictions = Chain.Memory.Store.Evictions,
        Expirations = Chain.Memory.Store.Expirations,
    };

    private static TierStatistics Of(GuardedTier tier)
    {
        TierSize? size = (tier.Tier as IMeasuredTier)?.GetSize();
        return new TierStatistics
        {
            Level = tier.Level,
            Name = tier.Name,
            Reach = tier.Reach,
            IsOpen = tier.IsOpen,
            Hits = Volatile.Read(ref tier.Counters.Hits),
            Misses = Volatile.Read(ref tier.Counters.Misses),
            Expired = Volatile.Read(ref tier.Counters.Expired),
            Invalidated = Volatile.Read(ref tier.Counters.Invalidated),
            Damaged = Volatile.Read(ref tier.Counters.Damaged),
            Skipped = Volatile.Read(ref tier.Counters.Skipped),
            ReadFaults = Volatile.Read(ref tier.Counters.ReadFaults),
            Writes = Volatile.Read(ref tier.Counters.Writes),
            WriteFaults = Volatile.Read(ref tier.Counters.WriteFaults),
            WritesRefused = Volatile.Read(ref tier.Counters.WritesRefused),
            TooLarge = Volatile.Read(ref tier.Counters.TooLarge),
            Promotions = Volatile.Read(ref tier.Counters.Promotions),
            Removals = Volatile.Read(ref tier.Counters.Removals),
            RemovalFaults = Volatile.Read(ref tier.Counters.RemovalFaults),
            PendingInvalidations = tier.Pending.Count,
            Timeouts = Volatile.Read(ref tier.Counters.Timeouts),
            ReadCircuit = tier.ReadCircuit,
            WriteCircuit = tier.WriteCircuit,
            CircuitBreaks = tier.CircuitBreaks,
            KnowsSize = size is not null,
            Entries = size?.Entries ?? 0,
            SizeInBytes = size?.Bytes ?? 0,
        };
    }

    private InvalidationStatistics OfInvalidations()
    {
        InvalidationKind[] kinds = Enum.GetValues<InvalidationKind>();
        return new InvalidationStatistics
        {
            Sent = kinds.ToDictionary(kind => kind, Chain.Counters.Sent),
            Received = kinds.ToDictionary(kind => kind, Chain.Counters.Received),
            HasBackplane = Coordinator.HasBackplane,
            IsConnected = Coordinator.IsConnected,
            Malformed = Volatile.Read(ref Chain.Counters.Malformed),
            ProcessingErrors = Volatile.Read(ref Chain.Counters.ProcessingErrors),
            PublishFaults = Volatile.Read(ref Chain.Counters.PublishFaults),
            Unsent = Coordinator.Unsent,
            CatchUps = Volatile.Read(ref Chain.Counters.CatchUps),
            JournalGaps = Volatile.Read(ref Chain.Counters.JournalGaps),
            JournalPosition = Coordinator.Position,
            JournalLag = Coordinator.JournalLag,
        };
    }
}
