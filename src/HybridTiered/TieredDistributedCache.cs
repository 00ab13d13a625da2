using System.Buffers;
using System.Runtime.CompilerServices;
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
/// Default flags, default expirations and policies are those of the <c>HybridCache</c> face: what lives how long here is said by the options of the set alone.
/// </remarks>
public sealed class TieredDistributedCache : IDistributedCache, IBufferDistributedCache
{
    private readonly Lazy<CacheCore> _core;
    private MemoryTier? _memory;

    internal TieredDistributedCache(Func<CacheCore> core) => _core = new Lazy<CacheCore>(core);

    private CacheCore Core => _core.Value;

    private MemoryTier Memory => _memory ??= Core.Chain.Memory;

    /// <inheritdoc/>
    public byte[]? Get(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Memory.TryHitRaw(key, out byte[]? data) ? Copy(data) : Wait(GetSlowAsync(key, default));
    }

    /// <inheritdoc/>
    public Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return !token.IsCancellationRequested && Memory.TryHitRaw(key, out byte[]? data) ? Task.FromResult<byte[]?>(Copy(data)) : GetSlowAsync(key, token);
    }

    /// <inheritdoc/>
    public bool TryGet(string key, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(destination);
        if (!Memory.TryHitRaw(key, out byte[]? data))
            return Wait(TryGetSlowAsync(key, destination, default));
        destination.Write(data);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryGetAsync(string key, IBufferWriter<byte> destination, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(destination);
        if (token.IsCancellationRequested || !Memory.TryHitRaw(key, out byte[]? data))
            return TryGetSlowAsync(key, destination, token);
        destination.Write(data);
        return new ValueTask<bool>(true);
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
        Memory.FindLiveRaw(key, out _);
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

    private static byte[] Copy(byte[] data) => data.AsSpan().ToArray();

    // The slow ones are never inlined, so that the hit's own frame stays small.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Task<byte[]?> GetSlowAsync(string key, CancellationToken token)
    {
        ValueTask<RawEntry?> found = FindAsync(key, token);
        return found.IsCompletedSuccessfully ? Task.FromResult(CopyOf(found.Result)) : AwaitAsync(found);

        static async Task<byte[]?> AwaitAsync(ValueTask<RawEntry?> found) => CopyOf(await found.ConfigureAwait(false));

        static byte[]? CopyOf(RawEntry? entry) => entry is null ? null : Copy(entry.Data);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueTask<bool> TryGetSlowAsync(string key, IBufferWriter<byte> destination, CancellationToken token)
    {
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

    private ValueTask<RawEntry?> FindAsync(string key, CancellationToken token)
    {
        if (token.IsCancellationRequested)
            return ValueTask.FromCanceled<RawEntry?>(token);
        CacheCore core = Core;
        if (Memory.FindLiveRaw(key, out HitDuty duty) is { } entry)
        {
            Memory.Hits.Increment();
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

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Wait(ValueTask<bool> task) => task.IsCompleted ? task.Result : Wait(task.AsTask());
}
