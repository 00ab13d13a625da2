using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HybridTiered.AspNetCore.Health;

/// <summary>
/// Healthy while every tier and the backplane do what they are there for; degraded while one of them does not, because the cache serves without it; failed when L1
/// does not work.
/// </summary>
internal sealed class HybridTieredHealthCheck(TieredCache cache, HybridTieredHealthOptions options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<TierProbe> probes = await cache.ProbeAsync(options.ProbeTimeout, cancellationToken).ConfigureAwait(false);
        CacheStatistics statistics = cache.GetStatistics();
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        var defects = new List<string>();
        for (int i = 0; i < probes.Count; i++)
            Add(probes[i], statistics.Tiers[i], data, defects);
        if (statistics.Invalidations.HasBackplane)
            Add(statistics.Invalidations, data, defects);
        data["writesBehind"] = statistics.Background;
        data["flights"] = statistics.Flights;

        // A health report is shown to whoever may see it: no addresses, no passwords, which an exception's own message may hold.
        string? description = defects.Count == 0 ? null : string.Join(' ', defects);
        Exception? fault = probes.Select(p => p.Fault).FirstOrDefault(f => f is not null);
        if (probes[0].Fault is not null)
            return new HealthCheckResult(context.Registration.FailureStatus, description, fault, data);
        return defects.Count == 0 ? HealthCheckResult.Healthy("Every tier serves.", data) : HealthCheckResult.Degraded(description, fault, data);
    }

    private static void Add(TierProbe probe, TierStatistics tier, Dictionary<string, object> data, List<string> defects)
    {
        string at = $"tier.{tier.Name}.";
        data[at + "level"] = tier.Level;
        data[at + "answers"] = probe.Fault is null;
        data[at + "latencyMilliseconds"] = probe.Duration.TotalMilliseconds;
        data[at + "readFaults"] = tier.ReadFaults;
        data[at + "writeFaults"] = tier.WriteFaults;
        data[at + "removalFaults"] = tier.RemovalFaults;
        data[at + "readCircuit"] = tier.ReadCircuit.ToString();
        data[at + "writeCircuit"] = tier.WriteCircuit.ToString();
        data[at + "pendingInvalidations"] = tier.PendingInvalidations;
        data[at + "isOpen"] = tier.IsOpen;

        string name = $"L{tier.Level} '{tier.Name}'";
        if (probe.Fault is not null)
            defects.Add(probe.Fault is TimeoutException ? $"{name} does not answer in time." : $"{name} fails.");
        if (tier.ReadCircuit != CircuitState.Closed || tier.WriteCircuit != CircuitState.Closed)
            defects.Add($"{name} is not asked because it has failed too often.");
        if (!tier.IsOpen)
            defects.Add($"{name} has not caught up with the journal, or has yet to be emptied.");
        if (tier.PendingInvalidations > 0)
            defects.Add(string.Create(CultureInfo.InvariantCulture, $"{name} has {tier.PendingInvalidations} invalidations to catch up on."));
    }

    private void Add(InvalidationStatistics backplane, Dictionary<string, object> data, List<string> defects)
    {
        data["backplane.connected"] = backplane.IsConnected;
        data["backplane.unsent"] = backplane.Unsent;
        data["backplane.publishFaults"] = backplane.PublishFaults;
        if (!backplane.IsConnected)
            defects.Add("The backplane is not connected.");
        if (backplane.Unsent > 0)
            defects.Add(string.Create(CultureInfo.InvariantCulture, $"{backplane.Unsent} invalidations could not be sent yet."));
        if (backplane.JournalLag is not { } lag)
            return;
        data["journal.lagSeconds"] = lag.TotalSeconds;
        data["journal.gaps"] = backplane.JournalGaps;
        data["journal.position"] = backplane.JournalPosition.ToString();
        if (lag > options.MaximumJournalLag)
            defects.Add(string.Create(CultureInfo.InvariantCulture, $"The journal was last read {lag.TotalSeconds:N0} s ago."));
    }
}
