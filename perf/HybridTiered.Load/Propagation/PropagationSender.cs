using System.Diagnostics;
using System.Globalization;
using HybridTiered.Load.Processes;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Load.Propagation;

/// <summary>
/// Sets keys in laps. At the beginning of a lap the receiver has every key in L1, then each is set once, so each set has one effect of its own to wait for. The value
/// of a key is the time when it was set: on one machine, the processes share that clock.
/// </summary>
internal sealed class PropagationSender(TieredCache cache, ChildProcess receiver, PropagationOptions options)
{
    /// <summary>Longer than any run, so that nothing expires in it.</summary>
    public static readonly HybridCacheEntryOptions EntryOptions = new() { Expiration = TimeSpan.FromHours(24) };

    private readonly long[] _setAt = new long[options.Keys];
    private readonly long[] _returnedAt = new long[options.Keys];

    public static string KeyOf(int index) => string.Create(CultureInfo.InvariantCulture, $"propagation:{index}");

    /// <summary>Sets all keys, and runs a lap that does not count: both processes compile their code in it.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await SetAllAsync(options.Keys);
        await RunLapAsync(options.Keys, new PropagationOutcome(), cancellationToken);
    }

    public async Task RunLapAsync(int keys, PropagationOutcome outcome, CancellationToken cancellationToken)
    {
        receiver.Send(PropagationReceiver.Fill);
        await receiver.ExpectAsync(PropagationReceiver.Filled, cancellationToken);
        await SetAllAsync(keys);
        receiver.Send($"{PropagationReceiver.Report} {keys}");
        string[] seen = (await receiver.ExpectAsync(PropagationReceiver.Seen, cancellationToken)).Split(' ');
        for (int i = 0; i < keys; i++)
        {
            string[] times = seen[i].Split(':');
            long seenAt = long.Parse(times[0], CultureInfo.InvariantCulture);
            long serves = long.Parse(times[1], CultureInfo.InvariantCulture);
            outcome.Calls.Add(Stopwatch.GetElapsedTime(_setAt[i], _returnedAt[i]));
            if (seenAt == 0 || serves != (options.Update ? _setAt[i] : PropagationReceiver.Nothing))
                outcome.Stale++;
            else
                outcome.Seen.Add(Stopwatch.GetElapsedTime(_setAt[i], seenAt));
        }
    }

    /// <summary>How many messages the receiver has applied so far.</summary>
    public async Task<long> ReadReceivedAsync(CancellationToken cancellationToken)
    {
        receiver.Send(PropagationReceiver.Count);
        return long.Parse(await receiver.ExpectAsync(PropagationReceiver.Received, cancellationToken), CultureInfo.InvariantCulture);
    }

    // Not one after the other: a set that takes long must not hold up the next ones, or the slowest moments would be measured least.
    private async Task SetAllAsync(int keys)
    {
        var sets = new Task[keys];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < keys;)
        {
            long due = Math.Min(keys, 1 + (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * options.Rate));
            for (; i < due; i++)
                sets[i] = SetAsync(i);
            if (i < keys)
                await Task.Delay(1);
        }
        await Task.WhenAll(sets);
    }

    private async Task SetAsync(int index)
    {
        long now = _setAt[index] = Stopwatch.GetTimestamp();
        await (options.Update ? cache.UpdateAsync(KeyOf(index), now, EntryOptions) : cache.SetAsync(KeyOf(index), now, EntryOptions));
        _returnedAt[index] = Stopwatch.GetTimestamp();
    }
}
