using HybridTiered.Configuration;
using HybridTiered.Flights;
using HybridTiered.Tiers;

namespace HybridTiered.Chain;

/// <summary>
/// Gets or computes many keys at once: one read per tier, and one factory call for all that are missing. Keys that other callers are computing are
/// waited for, after this call's own keys are done, so two calls can never wait for each other.
/// </summary>
internal sealed class BulkReadThrough(
    TierChain chain, FlightRunner runner, FlightEnding ends, FactoryRunner factories, ChainReader reader, ReadThrough single, FailSafe failSafe)
{
    /// <summary>Gets or computes keys that are not in L1.</summary>
    /// <param name="keys">Distinct keys.</param>
    /// <param name="factory">Computes the keys it is given; what it leaves out is missing.</param>
    /// <param name="settings">Tells what holds for a key.</param>
    /// <param name="tags">The tags of the call.</param>
    /// <param name="results">Takes what was found.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask GetAsync<T>(
        IReadOnlyList<string> keys, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>>? factory,
        Func<string, EntrySettings> settings, string[] tags, Dictionary<string, T> results, CancellationToken cancellationToken)
    {
        var led = new List<Led<T>>(keys.Count);
        var joined = new List<(Flight<T> Flight, Task<FlightOutcome<T>> Completion, long Epoch)>();
        foreach (string key in keys)
        {
            EntrySettings own = settings(key);
            long epoch = chain.Tags.Epoch;
            if (chain.Flights.JoinOrStart(key, own.Flags, canLeave: false, out Flight<T> flight, out Task<FlightOutcome<T>>? completion))
            {
                led.Add(new Led<T>(flight, own));
            }
            else
            {
                joined.Add((flight, completion!, epoch));
            }
        }
        var again = new List<string>();
        int waited = 0;
        try
        {
            await LeadAsync(led, factory, tags, results, cancellationToken).ConfigureAwait(false);
            while (waited < joined.Count)
            {
                (Flight<T> flight, Task<FlightOutcome<T>> completion, long epoch) = joined[waited++];
                CacheResult<T>? result = await single.WaitAsync(flight, completion, epoch, cancellationToken).ConfigureAwait(false);
                if (result is null)
                    again.Add(flight.Key);
                else if (result.Value.Found)
                    results[flight.Key] = result.Value.Value!;
            }
        }
        catch
        {
            // Whoever waits for these on a token of its own must be able to be the last.
            for (; waited < joined.Count; waited++)
                single.Leave(joined[waited].Flight);
            throw;
        }
        if (again.Count > 0)
            await GetAsync(again, factory, settings, tags, results, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask LeadAsync<T>(
        List<Led<T>> led, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>>? factory, string[] tags,
        Dictionary<string, T> results, CancellationToken cancellationToken)
    {
        var missing = new List<Led<T>>(led.Count);
        try
        {
            foreach (Led<T> key in led)
            {
                if (key.Settings.ReadsLocal && Note(ends.TryFinishFromMemory(key.Flight, out FlightOutcome<T> known), key, known, results))
                    continue;
                key.Stale = failSafe.Find(key.Flight.Key, key.Settings);
                key.UsesLower = runner.UsesLower(key.Flight.Key, key.Settings, tags);
                key.Tickets = key.UsesLower ? runner.TicketsFor(key.Settings) : null;
                missing.Add(key);
            }
            for (int i = 0; i < chain.Lower.Count && missing.Count > 0; i++)
                missing = await ReadTierAsync(i, missing, results, cancellationToken).ConfigureAwait(false);
            if (missing.Count > 0 && factory is not null)
                missing = await ComputeAsync(missing, factory, tags, results, cancellationToken).ConfigureAwait(false);
            foreach (Led<T> key in missing)
                Note(false, key, ends.FinishMissing(key.Flight), results);
        }
        catch (Exception exception)
        {
            bool allSaved = !cancellationToken.IsCancellationRequested;
            foreach (Led<T> key in led.Where(l => !l.Done))
            {
                if (!cancellationToken.IsCancellationRequested
                    && failSafe.TryServe(key.Flight, key.Stale, key.Settings, exception, out FlightOutcome<T> saved))
                {
                    ends.Finish(key.Flight, saved);
                    Note(true, key, saved, results);
                }
                else
                {
                    ends.FinishFailed(key.Flight, exception, cancellationToken);
                    allSaved = false;
                }
            }
            if (!allSaved)
                throw;
        }
    }

    private async ValueTask<List<Led<T>>> ReadTierAsync<T>(int index, List<Led<T>> missing, Dictionary<string, T> results, CancellationToken cancellationToken)
    {
        List<Led<T>> asked = missing.TrueForAll(ReadsLower) ? missing : missing.FindAll(ReadsLower);
        if (asked.Count > 0)
        {
            TierEntry[] entries = await chain.Lower[index].ReadManyAsync(asked.ConvertAll(l => l.Flight.Key), cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < entries.Length; i++)
            {
                if (entries[i].Found && await reader.OpenAsync<T>(index, asked[i].Flight.Key, entries[i], asked[i].Stale).ConfigureAwait(false) is { } hit)
                    Note(true, asked[i], ends.FinishHit(asked[i].Flight, hit, asked[i].Settings, asked[i].Tickets), results);
            }
        }
        List<Led<T>> left = missing.FindAll(l => !l.Done);
        if (left.Count == 0)
            return left;
        await Task.WhenAll(left.Where(l => l.Tickets is not null && reader.NeedsTicket(index, l.Settings))
            .Select(l => l.Tickets!.TakeAsync(index, l.Flight.Key, cancellationToken).AsTask())).ConfigureAwait(false);
        return left;

        static bool ReadsLower(Led<T> key) => key.UsesLower && key.Settings.ReadsLower;
    }

    private async ValueTask<List<Led<T>>> ComputeAsync<T>(
        List<Led<T>> missing, Func<IReadOnlyList<string>, CancellationToken, ValueTask<IReadOnlyDictionary<string, T>>> factory, string[] tags,
        Dictionary<string, T> results, CancellationToken cancellationToken)
    {
        List<Led<T>> wanted = missing.FindAll(l => l.Settings.Computes);
        if (wanted.Count == 0)
            return missing;
        // Each flight the parent of the next, so that a factory that asks for any of its keys is found out.
        foreach (Led<T> key in wanted)
        {
            key.Flight.HasContext = false;
            key.Flight.Parent = Flight.Current;
            Flight.Current = key.Flight;
        }
        IReadOnlyDictionary<string, T> values = await factories.RunAsync(
            [.. wanted.Select(l => l.Flight.Key)], factory, cancellationToken).ConfigureAwait(false);
        foreach (Led<T> key in wanted)
        {
            if (values.TryGetValue(key.Flight.Key, out T? value))
                Note(true, key, ends.FinishComputed(key.Flight, value, key.Settings, tags, key.UsesLower, key.Tickets), results);
        }
        return missing.FindAll(l => !l.Done);
    }

    private static bool Note<T>(bool found, Led<T> key, FlightOutcome<T> outcome, Dictionary<string, T> results)
    {
        key.Done = found || key.Done;
        if (found)
            results[key.Flight.Key] = outcome.Value!;
        return found;
    }

    private sealed class Led<T>(Flight<T> flight, EntrySettings settings)
    {
        public Flight<T> Flight { get; } = flight;

        public EntrySettings Settings { get; } = settings;

        public bool UsesLower { get; set; }

        public WriteTickets? Tickets { get; set; }

        public StaleValue? Stale { get; set; }

        public bool Done { get; set; }
    }
}
