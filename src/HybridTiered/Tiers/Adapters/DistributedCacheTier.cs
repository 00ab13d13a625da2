using System.Buffers;
using HybridTiered.Entries;
using Microsoft.Extensions.Caching.Distributed;

namespace HybridTiered.Tiers.Adapters;

/// <summary>
/// Any <see cref="IDistributedCache"/> as a shared tier, through its buffers where it offers them. It cannot tell what is left of an entry's life, has no
/// versions and no patterns; the chain does without.
/// </summary>
/// <param name="cache">The cache. Its owner disposes it.</param>
public sealed class DistributedCacheTier(IDistributedCache cache) : IRefreshableTier
{
    // Caches add a life to today's date, and fail where that leaves the calendar.
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(365_000);

    private readonly IBufferDistributedCache? _buffers = cache as IBufferDistributedCache;

    /// <inheritdoc/>
    public TierReach Reach => TierReach.Shared;

    /// <inheritdoc/>
    public async ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        if (_buffers is null)
            return await cache.GetAsync(key, cancellationToken).ConfigureAwait(false) is { } bytes ? new TierEntry(bytes) : TierEntry.Missing;
        var buffer = new PooledBufferWriter();
        bool found = false;
        try
        {
            found = await _buffers.TryGetAsync(key, buffer, cancellationToken).ConfigureAwait(false);
            return found ? new TierEntry(buffer.WrittenMemory, buffer) : TierEntry.Missing;
        }
        finally
        {
            if (!found)
                buffer.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        var options = new DistributedCacheEntryOptions
        {
            AbsoluteExpirationRelativeToNow = Cut(lifetime.Absolute),
            SlidingExpiration = Cut(lifetime.Sliding),
        };
        if (_buffers is not null)
            await _buffers.SetAsync(key, new ReadOnlySequence<byte>(data), options, cancellationToken).ConfigureAwait(false);
        else
            await cache.SetAsync(key, data.ToArray(), options, cancellationToken).ConfigureAwait(false);
        return EntryVersion.None;
    }

    /// <inheritdoc/>
    public async ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        await cache.RemoveAsync(key, cancellationToken).ConfigureAwait(false);
        return EntryVersion.None;
    }

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(string key, CancellationToken cancellationToken) =>
        await cache.RefreshAsync(key, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static TimeSpan? Cut(TimeSpan? life) => life > LongestLife ? LongestLife : life;
}
