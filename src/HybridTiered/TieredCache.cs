using System.Runtime.CompilerServices;
using HybridTiered.Chain;
using HybridTiered.Configuration;
using HybridTiered.Entries;
using HybridTiered.Tags;
using HybridTiered.Tiers.Memory;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered;

/// <summary>
/// The <see cref="HybridCache"/> face of a chain of tiers. Registered by <c>AddHybridTiered</c>; applications inject <see cref="HybridCache"/>, or
/// <see cref="ITieredCache"/> for what that class lacks.
/// </summary>
public sealed class TieredCache : HybridCache, ITieredCache, IAsyncDisposable, IDisposable
{
    private readonly CacheCore _core;
    private readonly TierChain _chain;
    private readonly MemoryTier _memory;
    private readonly bool _hitsByDefault;
    private readonly int _maximumKeyLength;

    internal TieredCache(CacheCore core)
    {
        _core = core;
        _chain = core.Chain;
        _memory = _chain.Memory;
        _hitsByDefault = _chain.Settings.AlwaysReadsLocalByDefault;
        _maximumKeyLength = _chain.Options.MaximumKeyLength;
    }

    internal CacheCore Core => _core;

    /// <inheritdoc/>
    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        if (key is not null && MayHit(options, cancellationToken) && _memory.TryHit(_memory.Find(key), out T? value))
            return new ValueTask<T>(value!);
        return GetOrCreateValueSlow(key!, state, factory, options, tags, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<T> GetOrCreateAsync<TState, T>(
        ReadOnlySpan<char> key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        if (MayHit(options, cancellationToken) && _memory.TryHit(_memory.Find(key), out T? value))
            return new ValueTask<T>(value!);
        return GetOrCreateValueSlow(key.ToString(), state, factory, options, tags, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<CacheResult<T>> GetOrCreateResultAsync<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options = null,
        IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        if (key is not null && MayHit(options, cancellationToken) && _memory.TryHit(_memory.Find(key), out T? value))
            return new ValueTask<CacheResult<T>>(new CacheResult<T>(true, value, 1));
        return GetOrCreateSlow(key!, state, factory, options, tags, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<CacheResult<T>> TryGetAsync<T>(string key, HybridCacheEntryOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (key is not null && MayHit(options, cancellationToken) && _memory.TryHit(_memory.Find(key), out T? value))
            return new ValueTask<CacheResult<T>>(new CacheResult<T>(true, value, 1));
        return ReadSlow<object?, T>(key!, null, null, options, null, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, T>> GetManyAsync<T>(
        IEnumerable<string> keys, HybridCacheEntryOptions? options = null, CancellationToken cancellationToken = default) =>
        ReadManyAsync<T>(keys, null, options, null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, T>> GetOrCreateManyAsync<T>(
        IEnumerable<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>> factory,
        HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return ReadManyAsync(keys, factory, options, tags, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask SetAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        SetAsync(key, value, options, tags, null, default, cancellationToken);

    /// <inheritdoc/>
    public ValueTask UpdateAsync<T>(
        string key, T value, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null, CancellationToken cancellationToken = default) =>
        SetAsync(key, value, options, tags, BroadcastMode.Update, default, cancellationToken);

    /// <inheritdoc/>
    public ValueTask SetComputedAsync<T>(
        string key, T value, TimeSpan computationTime, HybridCacheEntryOptions? options = null, IEnumerable<string>? tags = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(computationTime, TimeSpan.Zero);
        return SetAsync(key, value, options, tags, BroadcastMode.None, computationTime, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        return _core.Invalidator.RemoveAsync(key);
    }

    /// <inheritdoc/>
    public override ValueTask RemoveAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default)
    {
        string[] distinct = Distinct(keys);
        cancellationToken.ThrowIfCancellationRequested();
        return distinct.Length switch
        {
            0 => default,
            1 => _core.Invalidator.RemoveAsync(distinct[0]),
            _ => _core.Invalidator.RemoveManyAsync(distinct),
        };
    }

    /// <inheritdoc/>
    public override ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken = default) => RemoveByTagAsync([tag], cancellationToken);

    /// <inheritdoc/>
    public override ValueTask RemoveByTagAsync(IEnumerable<string> tags, CancellationToken cancellationToken = default)
    {
        string[] distinct = [.. (tags ?? []).Where(tag => !string.IsNullOrWhiteSpace(tag)).Distinct(StringComparer.Ordinal)];
        cancellationToken.ThrowIfCancellationRequested();
        if (distinct.Length == 0)
            return default;
        return distinct.Contains(TagRegistry.Wildcard) ? _core.Invalidator.ClearAsync(sweep: false) : _core.Invalidator.RemoveByTagsAsync(distinct);
    }

    /// <inheritdoc/>
    public ValueTask RemoveByPatternAsync(string pattern, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        cancellationToken.ThrowIfCancellationRequested();
        return _core.Invalidator.RemoveByPatternAsync(new GlobPattern(pattern));
    }

    /// <inheritdoc/>
    public ValueTask ClearAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _core.Invalidator.ClearAsync(sweep: true);
    }

    /// <summary>Tries whether each tier answers now, by keeping and finding an entry in L1 and reading a key that does not exist from the others. Nothing is counted.</summary>
    /// <param name="timeout">How long a tier may take.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What came of it, by tier, from the top down.</returns>
    public ValueTask<IReadOnlyList<TierProbe>> ProbeAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        TierProbing.ProbeAsync(_chain, timeout, cancellationToken);

    /// <inheritdoc/>
    public CacheStatistics GetStatistics() => _core.GetStatistics();

    /// <summary>
    /// Lets writes behind finish within <see cref="TieredCacheOptions.ShutdownTimeout"/>, cancels factories that still run, and closes subscriptions and tiers.
    /// Never throws.
    /// </summary>
    public ValueTask DisposeAsync() => _core.DisposeAsync();

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => _core.DisposeAsync().AsTask().GetAwaiter().GetResult();

    // Whatever else is wrong with a call (its key, tags or options) does not matter when the value is at hand: an entry under a bad key cannot exist.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MayHit(HybridCacheEntryOptions? options, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && (options?.Flags is { } flags ? (flags & HybridCacheEntryFlags.DisableLocalCacheRead) == 0 : _hitsByDefault);

    // Never inlined, so that the hit's own frame stays small.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<T> GetOrCreateValueSlow<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options, IEnumerable<string>? tags,
        CancellationToken cancellationToken)
    {
        ValueTask<CacheResult<T>> result = GetOrCreateSlow(key, state, factory, options, tags, cancellationToken);
        return result.IsCompletedSuccessfully ? new ValueTask<T>(result.Result.Value!) : AwaitAsync(result);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        static async ValueTask<T> AwaitAsync(ValueTask<CacheResult<T>> result) => (await result.ConfigureAwait(false)).Value!;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<CacheResult<T>> GetOrCreateSlow<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, HybridCacheEntryOptions? options, IEnumerable<string>? tags,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return ReadSlow(key, state, factory, options, tags, cancellationToken);
    }

    private ValueTask<CacheResult<T>> ReadSlow<TState, T>(
        string key, TState state, Func<TState, CancellationToken, ValueTask<T>>? factory, HybridCacheEntryOptions? options, IEnumerable<string>? tags,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsCacheable(key))
        {
            Interlocked.Increment(ref _chain.Counters.Bypassed);
            bool computes = factory is not null && ((options?.Flags ?? _chain.Options.DefaultFlags) & HybridCacheEntryFlags.DisableUnderlyingData) == 0;
            return computes ? ComputeUncachedAsync(state, factory!, cancellationToken) : default;
        }
        EntrySettings settings = _chain.Settings.Resolve(key, options);
        if (factory is null)
            settings = settings with { Flags = settings.Flags | HybridCacheEntryFlags.DisableUnderlyingData };
        string[] tagArray = TagRules.Copy(tags);
        if (settings.ReadsLocal && FindLocal(key, out T? value, out HitDuty duty) is { } entry)
        {
            if ((duty & HitDuty.Refresh) != 0 && settings.Computes)
                _core.Refreshes.Start(entry, state, factory!, settings, tagArray);
            return new ValueTask<CacheResult<T>>(new CacheResult<T>(true, value, 1) { IsStale = entry.Plan is { IsStale: true } });
        }
        Task ready = _core.WhenReadyAsync();
        factory ??= Nothing<TState, T>.Factory;
        return ready.IsCompleted
            ? _core.Reads.GetAsync(key, state, factory, settings, tagArray, cancellationToken)
            : ReadWhenReadyAsync(ready, key, state, factory, settings, tagArray, cancellationToken);
    }

    private async ValueTask<CacheResult<T>> ReadWhenReadyAsync<TState, T>(
        Task ready, string key, TState state, Func<TState, CancellationToken, ValueTask<T>> factory, EntrySettings settings, string[] tags,
        CancellationToken cancellationToken)
    {
        await ready.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await _core.Reads.GetAsync(key, state, factory, settings, tags, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyDictionary<string, T>> ReadManyAsync<T>(
        IEnumerable<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>>? factory,
        HybridCacheEntryOptions? options, IEnumerable<string>? tags, CancellationToken cancellationToken)
    {
        string[] distinct = Distinct(keys);
        string[] tagArray = TagRules.Copy(tags);
        cancellationToken.ThrowIfCancellationRequested();
        HybridCacheEntryFlags more = factory is null ? HybridCacheEntryFlags.DisableUnderlyingData : HybridCacheEntryFlags.None;
        EntrySettings? shared = distinct.Length > 0 && _chain.Settings.IsSameForAllKeys ? Resolve(distinct[0]) : null;
        var results = new Dictionary<string, T>(distinct.Length, StringComparer.Ordinal);
        var missing = new List<string>(distinct.Length);
        foreach (string key in distinct)
        {
            if (!IsCacheable(key))
                throw new ArgumentException($"A key is blank, longer than {_maximumKeyLength} characters (MaximumKeyLength) or holds a control character, so the result could not hold it; leave such keys out.", nameof(keys));
            if (SettingsOf(key).ReadsLocal && FindLocal(key, out T? value, out _) is not null)
                results[key] = value!;
            else
                missing.Add(key);
        }
        if (missing.Count == 0)
            return results;
        await _core.WhenReadyAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        await _core.BulkReads.GetAsync(missing, factory, SettingsOf, tagArray, results, cancellationToken).ConfigureAwait(false);
        return results;

        EntrySettings SettingsOf(string key) => shared ?? Resolve(key);

        EntrySettings Resolve(string key)
        {
            EntrySettings settings = _chain.Settings.Resolve(key, options);
            return settings with { Flags = settings.Flags | more };
        }
    }

    private ValueTask SetAsync<T>(
        string key, T value, HybridCacheEntryOptions? options, IEnumerable<string>? tags, BroadcastMode? broadcast, TimeSpan computationTime,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        string[] tagArray = TagRules.Copy(tags);
        EntrySettings settings = _chain.Settings.Resolve(key, options);
        cancellationToken.ThrowIfCancellationRequested();
        // HybridCache's contract: a key that no read would look for is no error, and nothing would ever read what was stored under it.
        if (!IsCacheable(key))
            return default;
        settings = settings with { Broadcast = broadcast ?? settings.Broadcast };
        Task ready = _core.WhenReadyAsync();
        return ready.IsCompleted
            ? _core.Setter.SetAsync(key, value, settings, tagArray, computationTime)
            : SetWhenReadyAsync(ready, key, value, settings, tagArray, computationTime, cancellationToken);
    }

    private async ValueTask SetWhenReadyAsync<T>(
        Task ready, string key, T value, EntrySettings settings, string[] tags, TimeSpan computationTime, CancellationToken cancellationToken)
    {
        long asked = _chain.Time.GetTimestamp();
        await ready.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (computationTime > TimeSpan.Zero)
            computationTime += _chain.Time.GetElapsedTime(asked);
        await _core.Setter.SetAsync(key, value, settings, tags, computationTime).ConfigureAwait(false);
    }

    private MemoryEntry? FindLocal<T>(string key, out T? value, out HitDuty duty)
    {
        if (_memory.FindLive(key, out duty) is { } entry && _core.Encoder.TryGetValue(entry, out value))
        {
            _memory.Hits.Increment();
            if ((duty & HitDuty.TouchLowerTiers) != 0 && _chain.HasLower)
                _chain.Background.Add(_core.Behind.RefreshAsync(key));
            return entry;
        }
        value = default;
        return null;
    }

    private bool IsCacheable(string? key)
    {
        KeyDefect defect = KeyRules.Check(key, _maximumKeyLength);
        if (defect == KeyDefect.None)
            return true;
        _chain.Throttled.KeyRefused(defect, key?.Length ?? 0, _maximumKeyLength);
        return false;
    }

    private async ValueTask<CacheResult<T>> ComputeUncachedAsync<TState, T>(
        TState state, Func<TState, CancellationToken, ValueTask<T>> factory, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _chain.Counters.FactoryCalls);
        return new CacheResult<T>(true, await factory(state, cancellationToken).ConfigureAwait(false), 0);
    }

    private static string[] Distinct(IEnumerable<string>? keys)
    {
        string[] distinct = [.. (keys ?? []).Distinct(StringComparer.Ordinal)];
        if (Array.IndexOf(distinct, null) >= 0)
            throw new ArgumentException("One of the keys is null; leave it out.", nameof(keys));
        return distinct;
    }

    // Never called: reads without a factory carry the flag that forbids computing.
    private static class Nothing<TState, T>
    {
        public static readonly Func<TState, CancellationToken, ValueTask<T>> Factory = static (_, _) => default;
    }
}
