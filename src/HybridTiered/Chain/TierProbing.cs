using System.Globalization;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>Tries the tiers of a chain, past the guards: neither does a probe count, nor does an open circuit keep it from seeing that a tier is back.</summary>
internal static class TierProbing
{
    // No key of an application can begin like this.
    private const string Key = "\u0002probe";

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private static long _probes;

    public static async ValueTask<IReadOnlyList<TierProbe>> ProbeAsync(TierChain chain, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Task<TierProbe>[] lower = [.. chain.Lower.Select(tier => ProbeAsync(chain, tier, timeout, cancellationToken))];
        TierProbe memory = ProbeMemory(chain);
        return [memory, .. await Task.WhenAll(lower).ConfigureAwait(false)];
    }

    private static TierProbe ProbeMemory(TierChain chain)
    {
        long started = chain.Time.GetTimestamp();
        Exception? fault = null;
        try
        {
            // A key of its own, so that probes made at once do not remove each other's.
            string key = string.Create(CultureInfo.InvariantCulture, $"{Key}{Interlocked.Increment(ref _probes)}");
            chain.Memory.Put(new ObjectEntry<long>(key, started, EntrySize.OfBytes(key, sizeof(long))) { Created = long.MaxValue }, new MemoryLife(Life), chain.Tags.Epoch);
            bool isThere = chain.Memory.Store.TryGet(key, out _);
            chain.Memory.Store.Remove(key);
            if (!isThere)
                fault = new InvalidOperationException("What was put into L1 was not there.");
        }
        catch (Exception exception)
        {
            fault = exception;
        }
        return new TierProbe(1, "memory", TierReach.Process, chain.Time.GetElapsedTime(started), fault);
    }

    private static async Task<TierProbe> ProbeAsync(TierChain chain, GuardedTier tier, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long started = chain.Time.GetTimestamp();
        Exception? fault = null;
        try
        {
            using var patience = new CancellationTokenSource(timeout, chain.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            Task<TierEntry> read = tier.Tier.ReadAsync(tier.FullKey(Key), TierRead.Data, either.Token).AsTask();
            try
            {
                (await read.WaitAsync(either.Token).ConfigureAwait(false)).Dispose();
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                Forget(read);
                fault = new TimeoutException($"The tier did not answer within {timeout}.", exception);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            fault = exception;
        }
        return new TierProbe(tier.Level, tier.Name, tier.Reach, chain.Time.GetElapsedTime(started), fault);
    }

    // Whatever comes of it now, nobody waits for it; a buffer that it brings has to be given back all the same.
    private static void Forget(Task<TierEntry> read) => read.ContinueWith(
        static late =>
        {
            if (late.IsCompletedSuccessfully)
                late.Result.Dispose();
            else
                _ = late.Exception;
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
