using System.Buffers;
using HybridTiered.Chain;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;
using Microsoft.Extensions.Caching.Distributed;

namespace HybridTiered;

/// <summary>
/// The <see cref="IDistributedCache"/> face of a chain of tiers. Bytes go to the tiers as they are, without a header, so that other implementations on the
/// same back end can read them and the other way round.
/// </summary>
/// <remarks>
/// Write faults of tiers are logged and tried again; an operation fails only if no tier took it. The synchronous members wait for the asynchronous ones when
/// something has to be waited for. Creating an instance touches nothing; the cache behind it is made by the first operation.
/// </remarks>
public sealed class TieredDistributedCache : IDistributedCache, IBufferDistributedCache
{
    private readonly Lazy<CacheCore> _core;
    private MemoryTier? _memory;

    internal TieredDistributedCache(Func<CacheCore> core) => _core = new Lazy<CacheCore>(core);

    private CacheCore Core => _core.Value;

    /// <inheritdoc/>
    public byte[]? Get(string key) => Wait(GetAsync(key));

    /// <inheritdoc/>
    public Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        ValueTask<RawEntry?> found = FindAsync(key, token);
        return found.IsCompletedSuccessfully ? Task.FromResult(Copy(found.Result)) : AwaitAsync(found);

        static async Task<byte[]?> AwaitAsync(ValueTask<RawEntry?> found) => Copy(await found.ConfigureAwait(false));

        static byte[]? Copy(RawEntry? entry) => (byte[]?)entry?.Data.Clone();
    }

    /// <inheritdoc/>
    public bool TryGet(string key, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(destination);
        if (TryHit(key, destination))
            return true;
        ValueTask<bool> found = TryGetAsync(key, destination);
        return found.IsCompleted ? found.GetAwaiter().GetResult() : Wait(found.AsTask());
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryGetAsync(string key, IBufferWriter<byte> destination, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(destination);
        if (!token.IsCancellationRequested && TryHit(key, destination))
            return new ValueTask<bool>(true);
        ValueTask<RawEntry?> found = FindAsync(key, token);
        return found.IsCompletedSuccessfully ? new ValueTask<bool>(Write(found.Result, destination)) : AwaitAsync(found, destination);

        static async ValueTask<bool> AwaitAsync(ValueTask<RawEntry?> found, IBufferWriter<byte> destination) =>
            Write(await found.ConfigureAwait(false), destination);

        static bool Write(RawEntry? entry, IBufferWriter<byte> destination)
        {
            if (entry is null)
                return false;
            destination.Write(entry.Data);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => Wait(SetAsync(key, value, options));

    /// <inheritdoc/>
    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        return SetMemoryAsync(key, value, options, token).AsTask();
    }

    /// <inheritdoc/>
    public void Set(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options) => Wait(SetAsync(key, value, options).AsTask());

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, ReadOnlySequence<byte> value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return SetMemoryAsync(key, value.IsSingleSegment ? value.First : value.ToArray(), options, token);
    }

    /// <inheritdoc/>
    public void Refresh(string key) => Wait(RefreshAsync(key));

    /// <inheritdoc/>
    public async Task RefreshAsync(string key, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        token.ThrowIfCancellationRequested();
        Core.Chain.Memory.FindLiveRaw(key, out _);
        await Core.Behind.RefreshAsync(key).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Remove(string key) => Wait(RemoveAsync(key));

    /// <inheritdoc/>
    public Task RemoveAsync(string key, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        token.ThrowIfCancellationRequested();
        return Core.Invalidator.RemoveAsync(key).AsTask();
    }

    private bool TryHit(string key, IBufferWriter<byte> destination)
    {
        if (!(_memory ??= Core.Chain.Memory).TryHitRaw(key, out byte[]? data))
            return false;
        destination.Write(data);
        return true;
    }

    private ValueTask<RawEntry?> FindAsync(string key, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (token.IsCancellationRequested)
            return ValueTask.FromCanceled<RawEntry?>(token);
        CacheCore core = Core;
        if (core.Chain.Memory.FindLiveRaw(key, out HitDuty duty) is { } entry)
        {
            core.Chain.Memory.Hits.Increment();
            if ((duty & HitDuty.TouchLowerTiers) != 0 && core.Chain.HasLower)
                core.Chain.Background.Add(core.Behind.RefreshAsync(key));
            return new ValueTask<RawEntry?>(entry);
        }
        core.EnsureStarted();
        return core.RawReads.GetAsync(key, token);
    }

    private ValueTask SetMemoryAsync(string key, ReadOnlyMemory<byte> value, DistributedCacheEntryOptions options, CancellationToken token)
    {
        ArgumentNullException.ThrowIfNull(options);
        TierLifetime lifetime = LifetimeOf(options);
        token.ThrowIfCancellationRequested();
        Core.EnsureStarted();
        return Core.Setter.SetRawAsync(key, value, lifetime);
    }

    // A relative end beats an absolute one, as in Microsoft's implementations.
    private TierLifetime LifetimeOf(DistributedCacheEntryOptions options)
    {
        DateTimeOffset now = Core.Chain.Time.GetUtcNow();
        if (options.AbsoluteExpirationRelativeToNow is { } relative)
            return new TierLifetime(relative, options.SlidingExpiration);
        if (options.AbsoluteExpiration is not { } absolute)
            return new TierLifetime(null, options.SlidingExpiration);
        if (absolute <= now)
            throw new ArgumentOutOfRangeException(nameof(options), absolute, $"AbsoluteExpiration is {absolute:O}; it must be in the future.");
        return new TierLifetime(absolute - now, options.SlidingExpiration);
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static TResult Wait<TResult>(Task<TResult> task) => task.GetAwaiter().GetResult();
}
