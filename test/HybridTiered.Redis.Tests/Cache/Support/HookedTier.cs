using HybridTiered.Entries;
using HybridTiered.Redis.Tiers;
using HybridTiered.Tiers;

namespace HybridTiered.Redis.Tests.Cache.Support;

/// <summary>
/// A tier whose steps a test can hold back or make fail: <see cref="Before"/> is awaited before a step reaches the tier, <see cref="After"/> before its outcome
/// reaches the cache.
/// </summary>
internal sealed class HookedTier(RedisTier tier) : IConditionalTier, IBulkTier, IPatternTier, IRefreshableTier, ITagTimeTier
{
    public Func<TierStep, string, Task>? Before { get; set; }

    public Func<TierStep, string, Task>? After { get; set; }

    /// <summary>Holds the next step of a kind back.</summary>
    public Gate HoldBefore(TierStep step, string key)
    {
        var gate = new Gate();
        Before = (s, k) => s == step && k == key ? gate.PassAsync() : Task.CompletedTask;
        return gate;
    }

    /// <summary>Holds the outcome of the next step of a kind back.</summary>
    public Gate HoldAfter(TierStep step, string key)
    {
        var gate = new Gate();
        After = (s, k) => s == step && k == key ? gate.PassAsync() : Task.CompletedTask;
        return gate;
    }

    public TierReach Reach => tier.Reach;

    public TimeSpan VersionRetention => tier.VersionRetention;

    public ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken) =>
        RunAsync(TierStep.Read, key, () => tier.ReadAsync(key, read, cancellationToken));

    public ValueTask<EntryVersion> ReadVersionAsync(string key, CancellationToken cancellationToken) =>
        RunAsync(TierStep.ReadVersion, key, () => tier.ReadVersionAsync(key, cancellationToken));

    public ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken) =>
        RunAsync(TierStep.Write, key, () => tier.WriteAsync(key, data, lifetime, cancellationToken));

    public ValueTask<EntryVersion?> WriteIfUnchangedAsync(
        string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, EntryVersion expected, CancellationToken cancellationToken) =>
        RunAsync(TierStep.WriteIfUnchanged, key, () => tier.WriteIfUnchangedAsync(key, data, lifetime, expected, cancellationToken));

    public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken) =>
        RunAsync(TierStep.Remove, key, () => tier.RemoveAsync(key, cancellationToken));

    public ValueTask<TierEntry[]> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync(TierStep.Read, keys[0], () => tier.ReadManyAsync(keys, cancellationToken));

    public ValueTask<EntryVersion[]> RemoveManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        RunAsync(TierStep.Remove, keys[0], () => tier.RemoveManyAsync(keys, cancellationToken));

    public ValueTask<long> RemoveByPatternAsync(GlobPattern pattern, string keepPrefix, CancellationToken cancellationToken) =>
        RunAsync(TierStep.RemoveByPattern, pattern.Text, () => tier.RemoveByPatternAsync(pattern, keepPrefix, cancellationToken));

    public async ValueTask RefreshAsync(string key, CancellationToken cancellationToken) =>
        await RunAsync(TierStep.Refresh, key, () => Completed(tier.RefreshAsync(key, cancellationToken)));

    public async ValueTask RaiseTagTimeAsync(string recordKey, long utcTicks, TierLifetime lifetime, CancellationToken cancellationToken) =>
        await RunAsync(TierStep.RaiseTagTime, recordKey, () => Completed(tier.RaiseTagTimeAsync(recordKey, utcTicks, lifetime, cancellationToken)));

    public ValueTask DisposeAsync() => tier.DisposeAsync();

    private static async ValueTask<bool> Completed(ValueTask task)
    {
        await task;
        return true;
    }

    private async ValueTask<T> RunAsync<T>(TierStep step, string key, Func<ValueTask<T>> inner)
    {
        if (Before is { } before)
            await before(step, key);
        T outcome = await inner();
        if (After is { } after)
            await after(step, key);
        return outcome;
    }
}
