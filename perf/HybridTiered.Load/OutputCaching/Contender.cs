using System.Diagnostics;
using HybridTiered.Load.Measuring;

namespace HybridTiered.Load.OutputCaching;

/// <summary>One of two endpoints that are compared: its requests per second by round, its latency, and what it costs its server.</summary>
internal sealed class Contender(string name, PageServerProcess server, Uri path)
{
    private readonly List<double> _rates = [];
    private readonly LatencyHistogram _latency = new();
    private TimeSpan _cpu;
    private long _requests;
    private long _wrong;

    public string Name => name;

    /// <summary>Requests per second, by round.</summary>
    public IReadOnlyList<double> Rates => _rates;

    /// <summary>Processor time of the server per request, in microseconds.</summary>
    public double CpuPerRequest => _cpu.TotalMicroseconds / Math.Max(1, _requests);

    public bool IsClean => _requests > 0 && _wrong == 0;

    /// <summary>One round: every connection sends one request after the other.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="counts">Whether it is remembered.</param>
    /// <param name="cancellationToken">Cancels the round.</param>
    public async Task RunAsync(TimeSpan duration, bool counts, CancellationToken cancellationToken)
    {
        byte[] expected = await server.ReadAsync(path, cancellationToken);
        PageServerUsage before = await server.ReadUsageAsync(cancellationToken);
        long start = Stopwatch.GetTimestamp();
        LatencyHistogram[] latencies = await Task.WhenAll(
            Enumerable.Range(0, server.Connections).Select(_ => Task.Run(() => AskAsync(expected, start, duration, cancellationToken), cancellationToken)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        PageServerUsage after = await server.ReadUsageAsync(cancellationToken);
        if (!counts)
            return;
        long requests = latencies.Sum(l => l.Count);
        _rates.Add(requests / elapsed.TotalSeconds);
        _requests += requests;
        _cpu += after.Cpu - before.Cpu;
        foreach (LatencyHistogram latency in latencies)
            _latency.Add(latency);
    }

    public string Describe() => FormattableString.Invariant(
        $"{name,-24}{_rates.Average(),10:N0} /s, {CpuPerRequest:N1} us of server CPU per request, {Percentiles.Describe(_latency)}{(_wrong > 0 ? $", {_wrong} wrong answers" : "")}");

    private async Task<LatencyHistogram> AskAsync(byte[] expected, long start, TimeSpan duration, CancellationToken cancellationToken)
    {
        var latency = new LatencyHistogram();
        for (long asked = start; Stopwatch.GetElapsedTime(start, asked) < duration; asked = Stopwatch.GetTimestamp())
        {
            byte[] answer = await server.ReadAsync(path, cancellationToken);
            latency.Add(Stopwatch.GetElapsedTime(asked));
            if (!answer.AsSpan().SequenceEqual(expected))
                Interlocked.Increment(ref _wrong);
        }
        return latency;
    }
}
