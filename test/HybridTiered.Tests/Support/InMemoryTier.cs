using System.Collections.Concurrent;
using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Tests.Support;

/// <summary>
/// A tier in memory with every ability of a shared one. <see cref="Before"/> is awaited before each operation takes effect, so a test
/// can hold an operation back or make it fail; the effect itself is atomic.
/// </summary>
public class InMemoryTier(TimeProvider time, TierReach reach = TierReach.Shared) : IConditionalTier, IBulkTier, IPatternTier, IRefreshableTier
{
    public const string Read = nameof(Read);
    public const string ReadVersion = nameof(ReadVersion);
    public const string ReadMany = nameof(ReadMany);
    public const string Write = nameof(Write);
    public const string WriteIfUnchanged = nameof(WriteIfUnchanged);
    public const string Remove = nameof(Remove);
    public const string RemoveMany = nameof(RemoveMany);
    public const string RemoveByPattern = nameof(RemoveByPattern);
    public const string Refresh = nameof(Refresh);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private long _lastVersion;

    /// <summary>
    /// Called with the operation (one of the constants of this class) and the key, the first of many keys or the pattern. What it throws
    /// is thrown by the operation, which then has had no effect.
    /// </summary>
    public Func<string, string, ValueTask>? Before { get; set; }

    public TierReach Reach => reach;

    public TimeSpan VersionRetention { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many times the tier was disposed.</summary>
    public int Disposals { get; private set; }

    /// <summary>The keys that are there now, in ordinal order.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_lock)
                return [.. _slots.Where(s => s.Value.IsLive(Now)).Select(s => s.Key).Order(StringComparer.Ordinal)];
        }
    }

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>How often an operation was called, held back and failed calls included.</summary>
    public int Count(string operation) => _counts.GetValueOrDefault(operation);

    /// <summary>What is left of an entry's life, without touching it or counting; <see langword="null"/> when there is no such entry.</summary>
    public TierLifetime? Peek(string key)
    {
        lock (_lock)
            return Live_NeedsLock(key)?.Remaining(Now);
    }

    public async ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        await EnterAsync(Read, key, cancellationToken);
        lock (_lock)
        {
            if (Live_NeedsLock(key) is not { } slot)
                return TierEntry.Missing;
            if (read == TierRead.Data)
                return new TierEntry(slot.Data);
            slot.Touch(Now);
            return new TierEntry(slot.Data, lifetime: slot.Remaining(Now));
        }
    }

    public async ValueTask<TierEntry[]> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await EnterAsync(ReadMany, keys.FirstOrDefault(""), cancellationToken);
        lock (_lock)
            return [.. keys.Select(key => Live_NeedsLock(key) is { } slot ? new TierEntry(slot.Data) : TierEntry.Missing)];
    }

    public async ValueTask<EntryVersion> ReadVersionAsync(string key, CancellationToken cancellationToken)
    {
        await EnterAsync(ReadVersion, key, cancellationToken);
        lock (_lock)
        {
            EntryVersion known = Version_NeedsLock(key);
            return known.IsNone ? Remove_NeedsLock(key) : known;
        }
    }

    public async ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        await EnterAsync(Write, key, cancellationToken);
        lock (_lock)
            return Put_NeedsLock(key, Slot.Of(data, lifetime, Now, NextVersion_NeedsLock()));
    }

    public async ValueTask<EntryVersion?> WriteIfUnchangedAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion expected, CancellationToken cancellationToken)
    {
        await EnterAsync(WriteIfUnchanged, key, cancellationToken);
        lock (_lock)
        {
            if (Version_NeedsLock(key) != expected)
                return null;
            return Put_NeedsLock(key, Slot.Of(data, lifetime, Now, NextVersion_NeedsLock()));
        }
    }

    public async ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        await EnterAsync(Remove, key, cancellationToken);
        lock (_lock)
            return Remove_NeedsLock(key);
    }

    public async ValueTask<EntryVersion[]> RemoveManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await EnterAsync(RemoveMany, keys.FirstOrDefault(""), cancellationToken);
        lock (_lock)
            return [.. keys.Select(Remove_NeedsLock)];
    }

    public async ValueTask<long> RemoveByPatternAsync(GlobPattern pattern, string keepPrefix, CancellationToken cancellationToken)
    {
        await EnterAsync(RemoveByPattern, pattern.Text, cancellationToken);
        lock (_lock)
        {
            string[] doomed =
            [
                .. _slots.Where(s => s.Value.IsLive(Now) && pattern.Matches(s.Key)
                    && !(keepPrefix.Length > 0 && s.Key.StartsWith(keepPrefix, StringComparison.Ordinal))).Select(s => s.Key),
            ];
            foreach (string key in doomed)
                Remove_NeedsLock(key);
            return doomed.Length;
        }
    }

    public async ValueTask RefreshAsync(string key, CancellationToken cancellationToken)
    {
        await EnterAsync(Refresh, key, cancellationToken);
        lock (_lock)
            Live_NeedsLock(key)?.Touch(Now);
    }

    public ValueTask DisposeAsync()
    {
        Disposals++;
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected void Clear()
    {
        lock (_lock)
            _slots.Clear();
    }

    protected async ValueTask EnterAsync(string operation, string key, CancellationToken cancellationToken)
    {
        _counts.AddOrUpdate(operation, 1, static (_, count) => count + 1);
        cancellationToken.ThrowIfCancellationRequested();
        if (Before is { } before)
            await before(operation, key);
    }

    private Slot? Live_NeedsLock(string key) => _slots.TryGetValue(key, out Slot? slot) && slot.IsLive(Now) ? slot : null;

    private EntryVersion Version_NeedsLock(string key) =>
        _slots.TryGetValue(key, out Slot? slot) && slot.IsRemembered(Now) ? slot.Version : EntryVersion.None;

    private EntryVersion Remove_NeedsLock(string key) =>
        Put_NeedsLock(key, Slot.Removed(Now + VersionRetention, NextVersion_NeedsLock()));

    private EntryVersion Put_NeedsLock(string key, Slot slot)
    {
        _slots[key] = slot;
        return slot.Version;
    }

    private EntryVersion NextVersion_NeedsLock() => new(++_lastVersion);

    private sealed class Slot
    {
        private readonly bool _removed;
        private readonly DateTimeOffset _absoluteEnd;
        private readonly TimeSpan? _sliding;
        private DateTimeOffset _slidingEnd;

        private Slot(byte[] data, EntryVersion version, bool removed, DateTimeOffset absoluteEnd, TimeSpan? sliding, DateTimeOffset slidingEnd)
        {
            Data = data;
            Version = version;
            _removed = removed;
            _absoluteEnd = absoluteEnd;
            _sliding = sliding;
            _slidingEnd = slidingEnd;
        }

        public byte[] Data { get; }

        public EntryVersion Version { get; }

        public static Slot Of(ReadOnlyMemory<byte> data, TierLifetime lifetime, DateTimeOffset now, EntryVersion version) =>
            new(data.ToArray(), version, removed: false, After(now, lifetime.Absolute), lifetime.Sliding, After(now, lifetime.Sliding));

        public static Slot Removed(DateTimeOffset rememberedUntil, EntryVersion version) =>
            new([], version, removed: true, rememberedUntil, sliding: null, DateTimeOffset.MaxValue);

        public bool IsRemembered(DateTimeOffset now) => now < _absoluteEnd && now < _slidingEnd;

        public bool IsLive(DateTimeOffset now) => !_removed && IsRemembered(now);

        public void Touch(DateTimeOffset now) => _slidingEnd = After(now, _sliding);

        public TierLifetime Remaining(DateTimeOffset now) =>
            new(_absoluteEnd == DateTimeOffset.MaxValue ? null : _absoluteEnd - now, _sliding);

        private static DateTimeOffset After(DateTimeOffset now, TimeSpan? span) =>
            span is { } s && s < DateTimeOffset.MaxValue - now ? now + s : DateTimeOffset.MaxValue;
    }
}
