using System.Diagnostics;
using HybridTiered.Load.Measuring;
using HybridTiered.TestServers.Storefront;

namespace HybridTiered.Load.Http;

/// <summary>Load on one storefront over real HTTP.</summary>
internal sealed class HttpVerb : IVerb
{
    private const int ProductCount = 3_000;

    public string Name => "http";

    public string Help => HttpOptions.Help;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        HttpOptions options = HttpOptions.From(arguments);
        using StorefrontServer? server = options.Url is null ? await StorefrontServer.StartAsync() : null;
        Uri address = server?.Address ?? new Uri(options.Url!);
        Console.WriteLine(FormattableString.Invariant(
            $"{address} with {options.Connections} connections for {options.Seconds} s after {options.Warmup} s, {options.Puts} % PUT, zipf {options.Zipf}, seed {options.Seed}"));

        using var client = new StorefrontClient(address, ProductCount, cancellationToken);
        var answered = new AnsweredVersions(ProductCount);
        var random = new Random(options.Seed);
        var popularity = new Zipf(ProductCount, options.Zipf, random);
        Shopper[] shoppers = [.. Enumerable.Range(0, options.Connections).Select(_ => new Shopper(client, answered, popularity, options.Puts / 100, random.Next()))];

        // Every product once, so that what is measured is not the filling of an empty cache.
        await Task.WhenAll(shoppers.Select((shopper, i) => shopper.WarmAsync(
            Enumerable.Range(1, ProductCount).Where(id => id % shoppers.Length == i))));
        if (options.Warmup > 0 && await LoadAsync(shoppers, options.Warmup) is { IsClean: false } warmup)
        {
            Print($"It went wrong before it was measured.");
            Report(warmup, TimeSpan.FromSeconds(options.Warmup), sourceReads: 0);
            return ExitCode.Failed;
        }
        StorefrontCounts before = await client.ReadCountsAsync();
        long start = Stopwatch.GetTimestamp();
        ShopperOutcome outcome = await LoadAsync(shoppers, options.Seconds);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        StorefrontCounts after = await client.ReadCountsAsync();

        Report(outcome, elapsed, after.Reads - before.Reads);
        return outcome.IsClean ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<ShopperOutcome> LoadAsync(Shopper[] shoppers, int seconds) =>
        ShopperOutcome.Of(await Task.WhenAll(shoppers.Select(shopper => shopper.ShopAsync(TimeSpan.FromSeconds(seconds)))));

    private static void Report(ShopperOutcome outcome, TimeSpan elapsed, long sourceReads)
    {
        double seconds = elapsed.TotalSeconds;
        Print($"requests      {outcome.Requests,12:N0}  {outcome.Requests / seconds,10:N0} /s");
        Print($"latency       p50 {Milliseconds(0.50)}  p95 {Milliseconds(0.95)}  p99 {Milliseconds(0.99)}  max {Milliseconds(1)}");
        Print($"PUTs          {outcome.Puts,12:N0}  {outcome.Puts / seconds,10:N1} /s");
        Print($"source reads  {sourceReads,12:N0}  {sourceReads / seconds,10:N1} /s, {(outcome.Puts == 0 ? 0 : (double)sourceReads / outcome.Puts):N2} per PUT");
        foreach ((string tier, long reads) in outcome.Tiers.OrderByDescending(t => t.Value))
            Print($"from {tier,-8} {reads,12:N0}  {100.0 * reads / Math.Max(1, outcome.Reads),10:N2} %");
        Print($"stale reads   {outcome.Stale,12:N0}");
        Print($"errors        {outcome.Errors,12:N0}");
        foreach (string message in outcome.Messages)
            Print($"  {message}");

        string Milliseconds(double share) => FormattableString.Invariant($"{outcome.Latency.Percentile(share).TotalMilliseconds:N2} ms");
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
