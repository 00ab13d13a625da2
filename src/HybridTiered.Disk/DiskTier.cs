using HybridTiered.Disk.Files;
using HybridTiered.Disk.Storage;
using HybridTiered.Entries;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridTiered.Disk;

/// <summary>
/// A tier in a folder of this machine: bounded, surviving restarts, needing no server. Entries are appended to segment files; memory
/// holds 32 to 47 bytes per entry and no keys. When the size limit is near, the oldest segment is recycled, and entries in it that were read
/// since they were written are carried over. The design follows the block cache of CacheLib (Berg et al., "The CacheLib Caching Engine:
/// Design and Experiences at Scale", OSDI 2020).
/// </summary>
/// <remarks>
/// <para>
/// <b>What survives.</b> Removals, times of tags, overwrites of entries that are in a file, and journal positions are handed to the operating system before
/// the call returns, so neither the end of the process nor its being killed brings anything back. New entries wait in memory for up to
/// <see cref="DiskTierOptions.FlushInterval"/>, and that long's worth of them is lost with the process unless the tier is disposed. The
/// interval also bounds what a loss of power takes away, removals included; after it the journal is read from the position
/// that survived. Whatever is damaged on disk is a miss, together with everything older that the damaged part might have replaced or removed.
/// </para>
/// <para>
/// <b>Sliding entries.</b> A read for <see cref="TierRead.DataAndLifetime"/> and <see cref="RefreshAsync"/> extend an entry in memory at once,
/// and on disk when an eighth of its window has gone by since that was last done, and on disposal. An entry thus ends up to an eighth
/// of its window early if the process was killed in between. Ends are kept on the clock of this machine.
/// </para>
/// <para>
/// <b>Calling.</b> The first operation opens the folder and finds out what is in it, off the caller's thread. After that operations
/// read and write files on the caller's thread: mostly that is a copy from or to the operating system's cache, and .NET has no
/// other file I/O on Linux than to do the same on another thread. Removal by pattern reads the keys of all entries and runs on the thread pool.
/// </para>
/// <para>
/// <b>Failure.</b> A write that cannot be carried out throws <see cref="IOException"/>, and what it was to replace is not served any more;
/// reads go on. A key whose 64-bit hash equals another's takes its place.
/// </para>
/// </remarks>
public sealed class DiskTier : IBulkTier, IPatternTier, IRefreshableTier, ITagTimeTier, IJournalFollower, IMeasuredTier
{
    private readonly DiskTierOptions _options;
    private readonly IFileSystem _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _openLock = new();
    private volatile DiskStore? _store;
    private Task<DiskStore>? _opening;
    private bool _disposed;

    /// <summary>Makes a tier; no file is touched before the first operation.</summary>
    /// <param name="options">The settings; later changes to the object have no effect.</param>
    /// <param name="time">The clock by which entries end; the system's by default.</param>
    /// <param name="logger">Where damage is reported; nowhere by default.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">The settings are wrong; the message lists all mistakes.</exception>
    public DiskTier(DiskTierOptions options, TimeProvider? time = null, ILogger<DiskTier>? logger = null)
        : this(options, PhysicalFileSystem.Instance, time ?? TimeProvider.System, logger ?? NullLogger<DiskTier>.Instance)
    {
    }

    internal DiskTier(DiskTierOptions options, IFileSystem files, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<string> mistakes = options.Validate();
        if (mistakes.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, mistakes), nameof(options));
        _options = options.Clone();
        _options.Directory = Path.GetFullPath(options.Directory);
        _files = files;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    public TierReach Reach => TierReach.Machine;

    /// <inheritdoc/>
    /// <exception cref="IOException">The folder is in use by another process, or the disk cannot be read.</exception>
    public async ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return store.Read(key, read);
    }

    /// <inheritdoc/>
    public async ValueTask<TierEntry[]> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var entries = new TierEntry[keys.Count];
        try
        {
            for (int i = 0; i < entries.Length; i++)
                entries[i] = store.Read(keys[i], TierRead.Data);
        }
        catch
        {
            foreach (TierEntry entry in entries)
                entry.Dispose();
            throw;
        }
        return entries;
    }

    /// <inheritdoc/>
    /// <exception cref="EntryTooLargeException">The entry is too large for a segment. What was under the key is removed.</exception>
    /// <exception cref="IOException">The folder is in use by another process, or the disk cannot be written.</exception>
    public async ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        store.Write(key, data.Span, lifetime);
        return EntryVersion.None;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The removal cannot be made to outlive the process yet; in this process it has taken effect.</exception>
    public async ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        store.Remove([key]);
        return EntryVersion.None;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The removals cannot be made to outlive the process yet; in this process they have taken effect.</exception>
    public async ValueTask<EntryVersion[]> RemoveManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        store.Remove(keys);
        return new EntryVersion[keys.Count];
    }

    /// <inheritdoc/>
    public async ValueTask<long> RemoveByPatternAsync(GlobPattern pattern, string keepPrefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(keepPrefix);
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await Task.Run(() => store.RemoveByPattern(pattern, keepPrefix, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The time cannot be made to outlive the process yet.</exception>
    public async ValueTask RaiseTagTimeAsync(string recordKey, long utcTicks, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recordKey);
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        store.RaiseTagTime(recordKey, utcTicks, lifetime);
    }

    /// <inheritdoc/>
    public async ValueTask RefreshAsync(string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        store.Refresh(key);
    }

    /// <inheritdoc/>
    public async ValueTask<JournalId> ReadJournalPositionAsync(CancellationToken cancellationToken) =>
        (await OpenAsync(cancellationToken).ConfigureAwait(false)).Position;

    /// <inheritdoc/>
    /// <remarks>
    /// The position is a record behind all removals that were made before it, so it never claims more than what is on disk; after a loss
    /// of power it may claim less.
    /// </remarks>
    public async ValueTask WriteJournalPositionAsync(JournalId position, CancellationToken cancellationToken)
    {
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        store.WritePosition(position);
    }

    /// <inheritdoc/>
    public async ValueTask ClearAsync(CancellationToken cancellationToken)
    {
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await Task.Run(store.Clear, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes everything written so far durable now instead of within the flush interval.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="IOException">The disk cannot be written.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        DiskStore store = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await Task.Run(store.Flush, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells what the tier holds; all zero while it has not been opened.</summary>
    public DiskTierStatistics GetStatistics() => _store?.GetStatistics() ?? default;

    /// <inheritdoc/>
    public TierSize GetSize()
    {
        DiskTierStatistics statistics = GetStatistics();
        return new TierSize(statistics.Records, statistics.DataBytes);
    }

    /// <summary>Makes everything durable, writes the footer that keeps the next start short, and unlocks the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<DiskStore>? opening;
        lock (_openLock)
        {
            if (_disposed)
                return;
            _disposed = true;
            opening = _opening;
            _opening = null;
        }
        if (opening is null)
            return;
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
            await Task.Run((await opening.ConfigureAwait(false)).Dispose).ConfigureAwait(false);
    }

    private ValueTask<DiskStore> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _store is { } store ? new ValueTask<DiskStore>(store) : new ValueTask<DiskStore>(OpenSlowlyAsync(cancellationToken));
    }

    private Task<DiskStore> OpenSlowlyAsync(CancellationToken cancellationToken)
    {
        lock (_openLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);

            // What could not be opened is tried again by the next operation.
            if (_opening is null || _opening.IsFaulted)
                _opening = Task.Run(() => _store = DiskStore.Open(_options, _files, _time, _logger), CancellationToken.None);
            return _opening.WaitAsync(cancellationToken);
        }
    }
}
