using HybridTiered.Chain.Guarding;
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
internal sealed class GuardedTier : IAsyncDisposable, ICallEnds<TierEntry>
{
    private readonly TierOptions _options;
    private readonly string _keyPrefix;
    private readonly IConditionalTier? _conditional;
    private readonly TierGuard _guard;
    private readonly CacheTelemetry _telemetry;
    private bool _caughtUp = true;
    private bool _mustClear;

    public GuardedTier(
        ICacheTier tier, int level, string name, TierOptions options, string keyPrefix, int maximumPending, TimeProvider time, ILogger logger, CacheTelemetry telemetry)
    {
        Tier = tier;
        Level = level;
        Name = name;
        Pending = new PendingInvalidations(maximumPending);
        _options = options;
        _keyPrefix = keyPrefix;
        _conditional = tier as IConditionalTier;
        _telemetry = telemetry;
        _guard = new TierGuard(name, options, time, Counters, logger, this);
    }

    /// <summary>Called with the key when a write without version ended after it had been given up.</summary>
    public Action<GuardedTier, string>? OnLateWrite { get; set; }

    public int Level { get; }

    public string Name { get; }

    public ICacheTier Tier { get; }

    public TierReach Reach => Tier.Reach;

    public double TtlScale => _options.TtlScale;

    public int PromotionFrequency => _options.PromotionFrequency;

    public bool IsWritable => !_options.ReadOnly;

    /// <summary>Whether explicit sets do not wait for this tier.</summary>
    public bool WritesBehind => _options.WriteBehind;

    public CircuitState ReadCircuit => _guard.ReadCircuit;

    public CircuitState WriteCircuit => _guard.WriteCircuit;

    public long CircuitBreaks => _guard.Breaks;

    /// <summary>Whether writes can be refused by version, so that they need one.</summary>
    public bool IsConditional => _conditional is not null && IsWritable;

    /// <summary>How long a version that was read can be used; zero without versions.</summary>
    public TimeSpan VersionRetention => _conditional?.VersionRetention ?? TimeSpan.Zero;

    public TierCounters Counters { get; } = new();

    public PendingInvalidations Pending { get; }

    /// <summary>The keys whose new value is still on its way to the tier.</summary>
    public KeysBehind Behind { get; } = new();

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

    public string FullKey(string key) => _keyPrefix.Length == 0 ? key : _keyPrefix + key;

    /// <summary>Reads a key. A fault is a miss.</summary>
    /// <param name="key">The key.</param>
    /// <param name="read">What to read.</param>
    /// <param name="resilience">What the entry says about timeouts; <see langword="null"/> for nothing.</param>
    /// <param name="hasStale">Whether an expired value is at hand, so that the answer is not worth a long wait.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    // Not asynchronous itself: the call's end is told to this object, and then goes straight to who awaits it.
    public ValueTask<TierEntry> ReadAsync(string key, TierRead read, Resilience? resilience, bool hasStale, CancellationToken cancellationToken)
    {
        if (!IsOpen || Pending.Covers(key) || Behind.Covers(key) || !_guard.TryEnter(TierWork.Read))
        {
            Interlocked.Increment(ref Counters.Skipped);
            return default;
        }
        return _telemetry.HearsTiers
            ? ReadTimedAsync(key, read, resilience, hasStale, cancellationToken)
            : ReadGuardedAsync(key, read, resilience, hasStale, null, cancellationToken);
    }

    /// <summary>Reads many keys, one by one where the tier knows no better. A fault makes all of them missing.</summary>
    public async ValueTask<TierEntry[]> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        if (Tier is not IBulkTier bulk || !IsOpen || Pending.HasRemovals || Behind.Any)
        {
            var reads = new Task<TierEntry>[keys.Count];
            for (int i = 0; i < reads.Length; i++)
                reads[i] = ReadAsync(keys[i], TierRead.Data, null, hasStale: false, cancellationToken).AsTask();
            return await Task.WhenAll(reads).ConfigureAwait(false);
        }
        if (!_guard.TryEnter(TierWork.Read))
        {
            Interlocked.Add(ref Counters.Skipped, keys.Count);
            return new TierEntry[keys.Count];
        }
        long started = _guard.Now;
        using TimedOperation? timed = Time("read_many");
        try
        {
            ValueTask<TierEntry[]> read = bulk.ReadManyAsync(FullKeys(keys), cancellationToken);
            TierEntry[] entries = await _guard.WithinAsync(read, static late => Array.ForEach(late, static entry => entry.Dispose())).ConfigureAwait(false);
            _guard.Succeeded(TierWork.Read);
            return Array.ConvertAll(entries, Check);
        }
        catch (Exception exception)
        {
            timed?.Fail(exception);
            if (!_guard.IsFault(TierWork.Read, exception, started, "read", cancellationToken))
                throw;
            return new TierEntry[keys.Count];
        }
    }

    /// <summary>Reads the version that a later conditional write has to name; <see langword="null"/> when it could not be read.</summary>
    public async ValueTask<EntryVersion?> ReadVersionAsync(string key, CancellationToken cancellationToken)
    {
        if (!_guard.TryEnter(TierWork.ReadVersion))
            return null;
        long started = _guard.Now;
        using TimedOperation? timed = Time("read_version", key);
        try
        {
            EntryVersion version = await _guard.WithinAsync(_conditional!.ReadVersionAsync(FullKey(key), cancellationToken)).ConfigureAwait(false);
            _guard.Succeeded(TierWork.ReadVersion);
            return version;
        }
        catch (Exception exception)
        {
            timed?.Fail(exception);
            if (!_guard.IsFault(TierWork.ReadVersion, exception, started, "read a version", cancellationToken))
                throw;
            return null;
        }
    }

    /// <summary>Writes what was computed or promoted: conditionally where the tier can, and then only with a version.</summary>
    public async ValueTask<WriteOutcome> WriteIfCurrentAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion? expected)
    {
        if (!Accepts(data.Length) || (IsConditional && expected is null) || !_guard.TryEnter(TierWork.Write))
            return WriteOutcome.Skipped;
        long started = _guard.Now;
        using TimedOperation? timed = Time("write", key);
        try
        {
            if (_conditional is not null)
            {
                ValueTask<EntryVersion?> write = _conditional.WriteIfUnchangedAsync(FullKey(key), data, lifetime, expected!.Value, CancellationToken.None);
                EntryVersion? written = await _guard.WithinAsync(write).ConfigureAwait(false);
                _guard.Succeeded(TierWork.Write);
                if (written is null)
                {
                    Interlocked.Increment(ref Counters.WritesRefused);
                    return WriteOutcome.Refused;
                }
            }
            else
            {
                await WriteUnconditionallyAsync(key, data, lifetime).ConfigureAwait(false);
            }
            Interlocked.Increment(ref Counters.Writes);
            return WriteOutcome.Written;
        }
        catch (Exception exception)
        {
            timed?.Fail(exception);
            return OutcomeOf(exception, started);
        }
    }

    /// <summary>Writes what was set explicitly, whatever was there.</summary>
    public async ValueTask<(WriteOutcome Outcome, EntryVersion Version)> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime)
    {
        if (!Accepts(data.Length))
            return (WriteOutcome.Skipped, default);
        if (!_guard.TryEnter(TierWork.Write))
            return (WriteOutcome.Failed, default);
        long started = _guard.Now;
        using TimedOperation? timed = Time("write", key);
        try
        {
            EntryVersion version = await WriteUnconditionallyAsync(key, data, lifetime).ConfigureAwait(false);
            Interlocked.Increment(ref Counters.Writes);
            return (WriteOutcome.Written, version);
        }
        catch (Exception exception)
        {
            timed?.Fail(exception);
            return (OutcomeOf(exception, started), default);
        }
    }

    /// <summary>Removes a key, unless it is malformed and thus never was in a tier of bytes.</summary>
    /// <returns>The version it got, and the fault if it could not be removed.</returns>
    public async ValueTask<(EntryVersion Version, Exception? Fault)> RemoveAsync(string key)
    {
        if (!KeyRules.IsWellFormed(key))
            return default;
        EntryVersion version = default;
        Exception? fault = await TryAsync(TierWork.Remove, "remove", key, async (t, k) =>
            version = await t.Tier.RemoveAsync(t.FullKey(k), CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
        if (fault is null)
        {
            Interlocked.Increment(ref Counters.Removals);
            Pending.Settle(key);
        }
        return (version, fault);
    }

    /// <summary>Removes many keys, in as few steps as the tier can.</summary>
    /// <param name="keys">Well-formed keys, or none.</param>
    /// <returns>The fault if some could not be removed; it is not known which.</returns>
    public async ValueTask<Exception?> RemoveManyAsync(IReadOnlyList<string> keys)
    {
        if (keys.Count == 0)
            return null;
        Exception? fault = await TryAsync(TierWork.Remove, "remove", keys, static async (t, k) =>
        {
            if (t.Tier is IBulkTier bulk)
                await bulk.RemoveManyAsync(t.FullKeys(k), CancellationToken.None).ConfigureAwait(false);
            else
                await Task.WhenAll(k.Select(key => t.Tier.RemoveAsync(t.FullKey(key), CancellationToken.None).AsTask())).ConfigureAwait(false);
        }).ConfigureAwait(false);
        if (fault is not null)
            return fault;
        Interlocked.Add(ref Counters.Removals, keys.Count);
        foreach (string key in keys)
            Pending.Settle(key);
        return null;
    }

    /// <summary>Runs an operation whose failure the caller handles, counting and logging it. Within the hard timeout, unless it is a sweep.</summary>
    /// <returns>The fault, if any.</returns>
    public async ValueTask<Exception?> TryAsync<TState>(TierWork work, string operation, TState state, Func<GuardedTier, TState, ValueTask> action)
    {
        if (!_guard.TryEnter(work))
            return new TierUnavailableException(Name);
        long started = _guard.Now;
        using TimedOperation? timed = Time(NameOf(work), state as string);
        try
        {
            if (work == TierWork.Sweep)
                await action(this, state).ConfigureAwait(false);
            else
                await _guard.WithinAsync(action(this, state)).ConfigureAwait(false);
            _guard.Succeeded(work);
            return null;
        }
        catch (Exception exception)
        {
            timed?.Fail(exception);
            _guard.Failed(work, exception, started, operation);
            return exception;
        }
    }

    TierEntry ICallEnds<TierEntry>.Succeeded(TierEntry result) => ReadSucceeded(result);

    bool ICallEnds<TierEntry>.TryReplace(Exception fault, in CallStart start, out TierEntry instead)
    {
        instead = TierEntry.Missing;
        start.Timed?.Fail(fault);
        return _guard.IsFault(TierWork.Read, fault, start.At, "read", start.Leaving);
    }

    void ICallEnds<TierEntry>.Late(TierEntry result) => _guard.Discard(result);

    public ValueTask DisposeAsync()
    {
        _guard.Dispose();
        return Tier.DisposeAsync();
    }

    // A write that ends after it was given up may have overtaken whatever happened to the key since: out with it.
    private async ValueTask<EntryVersion> WriteUnconditionallyAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime)
    {
        EntryVersion version = await _guard.WithinAsync(
            Tier.WriteAsync(FullKey(key), data, lifetime, CancellationToken.None), _ => OnLateWrite?.Invoke(this, key)).ConfigureAwait(false);
        _guard.Succeeded(TierWork.Write);
        Pending.Settle(key);
        return version;
    }

    private WriteOutcome OutcomeOf(Exception exception, long started)
    {
        if (exception is EntryTooLargeException)
        {
            _guard.Succeeded(TierWork.Write);
            Interlocked.Increment(ref Counters.TooLarge);
            return WriteOutcome.Skipped;
        }
        _guard.Failed(TierWork.Write, exception, started, "write");
        return exception is TimeoutException ? WriteOutcome.TimedOut : WriteOutcome.Failed;
    }

    private TimedOperation? Time(string operation, string? key = null) => _telemetry.Tier(Name, Level, Reach, operation, key);

    // What the chain reads and writes on its own behalf: times of tags, positions in the journal.
    private static string NameOf(TierWork work) => work switch
    {
        TierWork.Remove => "remove",
        TierWork.Sweep => "sweep",
        TierWork.Write => "write_record",
        _ => "read_record",
    };

    private bool Accepts(int bytes) => IsWritable && IsOpen && Fits(bytes);

    private bool Fits(int bytes)
    {
        if (_options.MaximumPayloadBytes is not { } maximum || bytes <= maximum)
            return true;
        Interlocked.Increment(ref Counters.TooLarge);
        return false;
    }

    // Asynchronous, so that the activity is current in here alone.
    private async ValueTask<TierEntry> ReadTimedAsync(string key, TierRead read, Resilience? resilience, bool hasStale, CancellationToken cancellationToken)
    {
        using TimedOperation? timed = Time("read", key);
        return await ReadGuardedAsync(key, read, resilience, hasStale, timed, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<TierEntry> ReadGuardedAsync(
        string key, TierRead read, Resilience? resilience, bool hasStale, TimedOperation? timed, CancellationToken cancellationToken)
    {
        var start = new CallStart(_guard.Now, timed, cancellationToken);
        ValueTask<TierEntry> call;
        try
        {
            call = Tier.ReadAsync(FullKey(key), read, cancellationToken);
        }
        catch (Exception exception)
        {
            call = ValueTask.FromException<TierEntry>(exception);
        }
        return call.IsCompletedSuccessfully
            ? new ValueTask<TierEntry>(ReadSucceeded(call.Result))
            : _guard.ReadWithinAsync(call, start, resilience, hasStale);
    }

    private TierEntry ReadSucceeded(in TierEntry entry)
    {
        _guard.Succeeded(TierWork.Read);
        return Check(entry);
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

    private IReadOnlyList<string> FullKeys(IReadOnlyList<string> keys) => _keyPrefix.Length == 0 ? keys : [.. keys.Select(FullKey)];
}
