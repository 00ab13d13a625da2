using System.Runtime.CompilerServices;
using HybridTiered.Configuration;
using HybridTiered.Diagnostics;
using HybridTiered.Entries;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Chain;

/// <summary>
/// A tier below L1 as the chain sees it: with its place and options, with prefixed keys, counted, and with its faults kept where they are.
/// A read fault is a miss and counted as a fault; write and removal faults are reported to the chain.
/// </summary>
internal sealed class GuardedTier(
    ICacheTier tier, int level, string name, TierOptions options, string keyPrefix, int maximumPending, TimeProvider time, ILogger logger, CacheTelemetry telemetry)
    : IAsyncDisposable
{
    private readonly LogThrottle _throttle = new(time, LogThrottle.Interval);
    private readonly IConditionalTier? _conditional = tier as IConditionalTier;
    private bool _caughtUp = true;
    private bool _mustClear;

    public int Level { get; } = level;

    public string Name { get; } = name;

    public ICacheTier Tier { get; } = tier;

    public TierReach Reach { get; } = tier.Reach;

    public double TtlScale { get; } = options.TtlScale;

    public int PromotionFrequency { get; } = options.PromotionFrequency;

    public bool IsWritable { get; } = !options.ReadOnly;

    /// <summary>Whether writes can be refused by version, so that they need one.</summary>
    public bool IsConditional => _conditional is not null && IsWritable;

    /// <summary>How long a version that was read can be used; zero without versions.</summary>
    public TimeSpan VersionRetention => _conditional?.VersionRetention ?? TimeSpan.Zero;

    public TierCounters Counters { get; } = new();

    public PendingInvalidations Pending { get; } = new(maximumPending);

    /// <summary>Whether the tier may be read and filled.</summary>
    public bool IsOpen => CaughtUp && !MustClear;

    /// <summary>Whether a machine tier's content has caught up with the journal.</summary>
    public bool CaughtUp
    {
        get => Volatile.Read(ref _caughtUp);
        set => Volatile.Write(ref _caughtUp, value);
    }

    /// <summary>Whether a machine tier holds what may have been invalidated, and could not be emptied yet.</summary>
    public bool MustClear
    {
        get => Volatile.Read(ref _mustClear);
        set => Volatile.Write(ref _mustClear, value);
    }

    /// <summary>Whether entries that match a pattern can be removed.</summary>
    public bool IsSweepable => IsWritable && Tier is IPatternTier or IJournalFollower;

    public string FullKey(string key) => keyPrefix.Length == 0 ? key : keyPrefix + key;

    /// <summary>Reads a key. A fault is a miss.</summary>
    // Pooled: this runs for every hit below L1, and its task is awaited once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        if (!IsOpen || Pending.Covers(key))
        {
            Interlocked.Increment(ref Counters.Skipped);
            return TierEntry.Missing;
        }
        using TimedOperation? timed = Time("read", key);
        try
        {
            return Check(await Tier.ReadAsync(FullKey(key), read, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            CountFault(ref Counters.ReadFaults, exception, "read", timed);
            return TierEntry.Missing;
        }
    }

    /// <summary>Reads many keys, one by one where the tier knows no better. A fault makes all of them missing.</summary>
    public async ValueTask<TierEntry[]> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        if (Tier is IBulkTier bulk && IsOpen && !Pending.HasRemovals)
        {
            using TimedOperation? timed = Time("read_many");
            try
            {
                TierEntry[] entries = await bulk.ReadManyAsync(FullKeys(keys), cancellationToken).ConfigureAwait(false);
                return Array.ConvertAll(entries, Check);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                CountFault(ref Counters.ReadFaults, exception, "read", timed);
                return new TierEntry[keys.Count];
            }
        }
        var reads = new Task<TierEntry>[keys.Count];
        for (int i = 0; i < reads.Length; i++)
            reads[i] = ReadAsync(keys[i], TierRead.Data, cancellationToken).AsTask();
        return await Task.WhenAll(reads).ConfigureAwait(false);
    }

    /// <summary>Reads the version that a later conditional write has to name; <see langword="null"/> when it could not be read.</summary>
    public async ValueTask<EntryVersion?> ReadVersionAsync(string key, CancellationToken cancellationToken)
    {
        using TimedOperation? timed = Time("read_version", key);
        try
        {
            return await _conditional!.ReadVersionAsync(FullKey(key), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            CountFault(ref Counters.ReadFaults, exception, "read a version", timed);
            return null;
        }
    }

    /// <summary>Writes what was computed or promoted: conditionally where the tier can, and then only with a version.</summary>
    public async ValueTask<WriteOutcome> WriteIfCurrentAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion? expected, CancellationToken cancellationToken)
    {
        if (!Accepts(data.Length) || (IsConditional && expected is null))
            return WriteOutcome.Skipped;
        using TimedOperation? timed = Time("write", key);
        try
        {
            if (_conditional is not null)
            {
                EntryVersion? written = await _conditional.WriteIfUnchangedAsync(FullKey(key), data, lifetime, expected!.Value, cancellationToken)
                    .ConfigureAwait(false);
                if (written is null)
                {
                    Interlocked.Increment(ref Counters.WritesRefused);
                    return WriteOutcome.Refused;
                }
            }
            else
            {
                await Tier.WriteAsync(FullKey(key), data, lifetime, cancellationToken).ConfigureAwait(false);
                Pending.Settle(key);
            }
            Interlocked.Increment(ref Counters.Writes);
            return WriteOutcome.Written;
        }
        catch (EntryTooLargeException)
        {
            Interlocked.Increment(ref Counters.TooLarge);
            return WriteOutcome.Skipped;
        }
        catch (Exception exception)
        {
            CountFault(ref Counters.WriteFaults, exception, "write", timed);
            return WriteOutcome.Failed;
        }
    }

    /// <summary>Writes what was set explicitly, whatever was there.</summary>
    public async ValueTask<(WriteOutcome Outcome, EntryVersion Version)> WriteAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        if (!Accepts(data.Length))
            return (WriteOutcome.Skipped, default);
        using TimedOperation? timed = Time("write", key);
        try
        {
            EntryVersion version = await Tier.WriteAsync(FullKey(key), data, lifetime, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref Counters.Writes);
            Pending.Settle(key);
            return (WriteOutcome.Written, version);
        }
        catch (EntryTooLargeException)
        {
            Interlocked.Increment(ref Counters.TooLarge);
            return (WriteOutcome.Skipped, default);
        }
        catch (Exception exception)
        {
            CountFault(ref Counters.WriteFaults, exception, "write", timed);
            return (WriteOutcome.Failed, default);
        }
    }

    /// <summary>Removes a key, unless it is malformed and thus never was in a tier of bytes.</summary>
    /// <returns>The version it got, and the fault if it could not be removed.</returns>
    public async ValueTask<(EntryVersion Version, Exception? Fault)> RemoveAsync(string key)
    {
        if (!KeyRules.IsWellFormed(key))
            return default;
        using TimedOperation? timed = Time("remove", key);
        try
        {
            EntryVersion version = await Tier.RemoveAsync(FullKey(key), CancellationToken.None).ConfigureAwait(false);
            Interlocked.Increment(ref Counters.Removals);
            Pending.Settle(key);
            return (version, null);
        }
        catch (Exception exception)
        {
            CountFault(ref Counters.RemovalFaults, exception, "remove", timed);
            return (default, exception);
        }
    }

    /// <summary>Removes many keys, in as few steps as the tier can.</summary>
    /// <param name="keys">Well-formed keys, or none.</param>
    /// <returns>The fault if some could not be removed; it is not known which.</returns>
    public async ValueTask<Exception?> RemoveManyAsync(IReadOnlyList<string> keys)
    {
        if (keys.Count == 0)
            return null;
        using TimedOperation? timed = Time("remove_many");
        try
        {
            if (Tier is IBulkTier bulk)
                await bulk.RemoveManyAsync(FullKeys(keys), CancellationToken.None).ConfigureAwait(false);
            else
                await Task.WhenAll(keys.Select(key => Tier.RemoveAsync(FullKey(key), CancellationToken.None).AsTask())).ConfigureAwait(false);
            Interlocked.Add(ref Counters.Removals, keys.Count);
            foreach (string key in keys)
                Pending.Settle(key);
            return null;
        }
        catch (Exception exception)
        {
            CountFault(ref Counters.RemovalFaults, exception, "remove", timed);
            return exception;
        }
    }

    /// <summary>Runs an operation whose failure the caller handles, counting and logging it.</summary>
    /// <returns>The fault, if any.</returns>
    public async ValueTask<Exception?> TryAsync<TState>(TierWork work, string operation, TState state, Func<GuardedTier, TState, ValueTask> action)
    {
        using TimedOperation? timed = Time("maintain");
        try
        {
            await action(this, state).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            CountFault(ref FaultsOf(work), exception, operation, timed);
            return exception;
        }
    }

    public ValueTask DisposeAsync() => Tier.DisposeAsync();

    private TimedOperation? Time(string operation, string? key = null) => telemetry.Tier(Name, Level, Reach, operation, key);

    private bool Accepts(int bytes) => IsWritable && IsOpen && Fits(bytes);

    private bool Fits(int bytes)
    {
        if (options.MaximumPayloadBytes is not { } maximum || bytes <= maximum)
            return true;
        Interlocked.Increment(ref Counters.TooLarge);
        return false;
    }

    private TierEntry Check(TierEntry entry)
    {
        if (!entry.Found)
        {
            Interlocked.Increment(ref Counters.Misses);
            return entry;
        }
        if (Fits(entry.Data.Length))
            return entry;
        entry.Dispose();
        return TierEntry.Missing;
    }

    private ref long FaultsOf(TierWork work)
    {
        switch (work)
        {
            case TierWork.Read:
                return ref Counters.ReadFaults;
            case TierWork.Remove:
                return ref Counters.RemovalFaults;
            default:
                return ref Counters.WriteFaults;
        }
    }

    private IReadOnlyList<string> FullKeys(IReadOnlyList<string> keys) => keyPrefix.Length == 0 ? keys : [.. keys.Select(FullKey)];

    private void CountFault(ref long counter, Exception exception, string operation, TimedOperation? timed)
    {
        timed?.Fail(exception);
        Interlocked.Increment(ref counter);
        if (_throttle.TryPass(out long heldBack))
            logger.TierFailed(exception, Name, operation, heldBack);
    }
}
