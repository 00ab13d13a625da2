using System.Threading.Channels;
using HybridTiered.Diagnostics;
using HybridTiered.Flights;
using HybridTiered.Invalidation;
using HybridTiered.Tags;
using HybridTiered.Tiers;

namespace HybridTiered.Chain;

/// <summary>
/// Drops from L1 and the machine tiers what a shared tier reports as changed. The report comes for this instance's own writes too, and does not say whose it
/// is; so a value that was just written here is read back once from the shared tier before L1 keeps it. Flights are not tainted: their own marks and
/// writes are reported as well, and a conditional tier refuses what is outdated by itself.
/// </summary>
internal sealed class KeyChanges : IAsyncDisposable
{
    private const int InboxCapacity = 65_536;

    private readonly TierChain _chain;
    private readonly IKeyChangeSource _source;
    private readonly GuardedTier[] _machine;
    private readonly LogThrottle _throttle;
    private readonly Channel<IReadOnlyList<string>?> _inbox = Channel.CreateBounded<IReadOnlyList<string>?>(
        new BoundedChannelOptions(InboxCapacity) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task? _loop;
    private bool _overflowed;

    public KeyChanges(TierChain chain, IKeyChangeSource source)
    {
        _chain = chain;
        _source = source;
        _machine = [.. chain.Lower.Where(t => t.Reach != TierReach.Shared)];
        _throttle = new LogThrottle(chain.Time, TimeSpan.FromSeconds(10));
    }

    /// <summary>Starts, in the background. Cheap when it has been started.</summary>
    public void EnsureStarted()
    {
        if (_loop is not null)
            return;
        lock (_lock)
        {
            if (_loop is not null || _stop.IsCancellationRequested)
                return;
            using (ExecutionContext.SuppressFlow())
                _loop = Task.Run(RunAsync);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
            _stop.Cancel();
        _inbox.Writer.TryComplete();
        if (_loop is { } loop)
            await loop.ConfigureAwait(false);
        await _source.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        if (!await StartSourceAsync().ConfigureAwait(false))
            return;
        await foreach (IReadOnlyList<string>? keys in _inbox.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (_stop.IsCancellationRequested)
                return;
            if (keys is null || Volatile.Read(ref _overflowed))
            {
                Volatile.Write(ref _overflowed, false);
                await DropEverythingAsync().ConfigureAwait(false);
                continue;
            }
            foreach (string key in keys)
                await DropAsync(key).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> StartSourceAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _source.StartAsync(Take, _stop.Token).ConfigureAwait(false);
                // What is in L1 by now may have been changed before anything was reported.
                _inbox.Writer.TryWrite(null);
                return true;
            }
            catch (Exception exception) when (!_stop.IsCancellationRequested)
            {
                if (_throttle.TryPass(out long heldBack))
                    _chain.Logger.KeyChangesUnreachable(exception, heldBack);
                await Task.Delay(_chain.Options.RetryInterval, _chain.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }
        return false;
    }

    private void Take(IReadOnlyList<string>? keys)
    {
        if (!_inbox.Writer.TryWrite(keys))
            Volatile.Write(ref _overflowed, true);
    }

    private async ValueTask DropAsync(string fullKey)
    {
        string prefix = _chain.Options.KeyPrefix;
        if (!fullKey.StartsWith(prefix, StringComparison.Ordinal))
            return;
        string key = fullKey[prefix.Length..];
        if (key.StartsWith(TagRecords.KeyPrefix, StringComparison.Ordinal))
        {
            await ReadTagAsync(key[TagRecords.KeyPrefix.Length..]).ConfigureAwait(false);
            return;
        }
        // Machine tiers first: whoever reads them after this finds nothing, and whoever did so before is in the table, or its entry in L1. The lock keeps a flight's
        // write behind from falling between the two steps.
        using KeyLocks.Holder? holder = _machine.Length == 0 ? null : await _chain.Locks.AcquireAsync(key, CancellationToken.None).ConfigureAwait(false);
        foreach (GuardedTier tier in _machine)
        {
            (_, Exception? fault) = await tier.RemoveAsync(key).ConfigureAwait(false);
            if (fault is not null)
                tier.Pending.AddRemoval(key, _chain.Clock.Now);
        }
        _chain.Flights.Doubt(key, (_chain.Memory, key), static s => s.Memory.Remove(s.key));
    }

    // A cache that knows no backplane, Microsoft's for one, invalidates a tag by writing its record.
    private async ValueTask ReadTagAsync(string tag)
    {
        TagCell cell = tag == TagRegistry.Wildcard ? _chain.Tags.Everything : _chain.Tags.Cell(tag);
        cell.LoadedGeneration = -1;
        await _chain.TagRecords.EnsureLoadedAsync([cell]).ConfigureAwait(false);
    }

    private async ValueTask DropEverythingAsync()
    {
        foreach (GuardedTier tier in _machine)
            await Invalidator.ClearAsync(tier).ConfigureAwait(false);
        _chain.TagRecords.Forget();
        _chain.Flights.DoubtAll();
        _chain.Memory.Store.Clear();
    }
}
