using System.Diagnostics;
using HybridTiered.Load.Caches;
using HybridTiered.Load.Http;
using HybridTiered.Load.Measuring;
using HybridTiered.TestServers.Storefront;

namespace HybridTiered.Load.Coherence;

/// <summary>Two storefronts on one Redis under load: how soon one shows what was changed on the other, and that neither ever goes back.</summary>
internal sealed class CoherentVerb : IVerb
{
    private const int ProductCount = 3_000;

    public string Name => "coherent";

    public string Help => CoherentOptions.Help;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var options = CoherentOptions.From(arguments);
        await using RedisSource redis = await RedisSource.StartAsync(options.Redis);
        DirectoryInfo catalogue = Directory.CreateTempSubdirectory("storefront-catalogue-");
        try
        {
            using StorefrontServer a = await StorefrontServer.StartAsync("--redis", redis.Address, "--catalogue", catalogue.FullName);
            using StorefrontServer b = await StorefrontServer.StartAsync("--redis", redis.Address, "--catalogue", catalogue.FullName);
            Print($"{a.Address} and {b.Address} with {options.Connections} connections for {options.Seconds} s, {options.Puts} % PUT, zipf {options.Zipf}, seed {options.Seed}");
            using var clientOfA = new StorefrontClient(a.Address, ProductCount, cancellationToken);
            using var clientOfB = new StorefrontClient(b.Address, ProductCount, cancellationToken);
            return await RunAsync(
                new Shop("A", clientOfA, new AnsweredVersions(ProductCount)), new Shop("B", clientOfB, new AnsweredVersions(ProductCount)), options, cancellationToken);
        }
        finally
        {
            catalogue.Delete(recursive: true);
        }
    }

    private static async Task<int> RunAsync(Shop a, Shop b, CoherentOptions options, CancellationToken cancellationToken)
    {
        var random = new Random(options.Seed);
        var times = new AnswerTimes(ProductCount);
        var popularity = new Zipf(ProductCount, options.Zipf, random);
        CoherentShopper[] shoppers = [.. Enumerable.Range(0, options.Connections).Select(i => new CoherentShopper(
            i % 2 == 0 ? a : b, i % 2 == 0 ? b : a, times, popularity, options, random.Next()))];

        // Every product once on each, so that what is measured is not the filling of empty caches.
        await Parallel.ForEachAsync(
            Enumerable.Range(1, ProductCount), new ParallelOptions { MaxDegreeOfParallelism = options.Connections, CancellationToken = cancellationToken },
            async (id, _) =>
            {
                await a.Client.ReadAsync(id);
                await b.Client.ReadAsync(id);
            });
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(shoppers.Select(shopper => shopper.ShopAsync(TimeSpan.FromSeconds(options.Seconds))));
        var outcome = CoherentOutcome.Of([.. shoppers.Select(s => s.Outcome)]);
        Report(outcome, options, Stopwatch.GetElapsedTime(start).TotalSeconds);
        return outcome.Requests.IsClean && outcome.OutOfDate.Percentile(0.99) <= options.Bound ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Report(CoherentOutcome outcome, CoherentOptions options, double seconds)
    {
        ShopperOutcome requests = outcome.Requests;
        Print($"requests       {requests.Requests,12:N0}  {requests.Requests / seconds,10:N0} /s");
        Print($"latency        {Percentiles.Describe(requests.Latency)}");
        Print($"PUTs           {requests.Puts,12:N0}  {requests.Puts / seconds,10:N1} /s");
        foreach ((string tier, long reads) in requests.Tiers.OrderByDescending(t => t.Value))
            Print($"from {tier,-9} {reads,12:N0}  {100.0 * reads / Math.Max(1, requests.Reads),10:N2} %");
        Print($"first shown    {Percentiles.Describe(outcome.FirstShown)}");
        Print($"out of date    {Percentiles.Describe(outcome.OutOfDate)}");
        Print($"               {outcome.OutOfDateReads,12:N0}  reads began after a PUT on the other was answered and did not show it");
        Print($"               {outcome.ReadsBeyondBound,12:N0}  of them more than {options.Bound.TotalMilliseconds} ms after");
        Print($"gone back      {requests.Stale,12:N0}  reads older than the same storefront had shown before");
        Print($"errors         {requests.Errors,12:N0}");
        foreach (string message in requests.Messages)
            Print($"  {message}");
        Print($"{Percentiles.Judge(outcome.FirstShown, "p99 of first shown", 0.99, options.Bound)}");
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
