namespace HybridTiered.Load.OutputCaching;

/// <summary>
/// What HybridTiered costs a web application, beside what costs as little as can be: pages in its output cache store beside pages in the framework's memory, and an
/// endpoint that reads <c>HybridCache</c> beside one that answers a constant.
/// </summary>
internal sealed class OutputCacheVerb : IVerb
{
    public string Name => "outputcache";

    public string Help => """
            Requests per second of a page from L1 and of one from the framework's store, and of JSON through HybridCache and of a constant, in short rounds that take
            turns. Ends with 1 if a page was rendered more than once or an answer was wrong.
              --rounds 10       rounds of each; 1 to 1,000
              --seconds 2       duration of a round; 0.1 to 60
              --connections 16  connections with one request under way each; 1 to 1,000
              --size 4096       bytes of the page; 1 to 10,000,000
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        int rounds = arguments.Take("rounds", 10, 1, 1_000);
        var duration = TimeSpan.FromSeconds(arguments.Take("seconds", 2.0, 0.1, 60));
        int connections = arguments.Take("connections", 16, 1, 1_000);
        int size = arguments.Take("size", 4_096, 1, 10_000_000);
        arguments.ThrowIfAnyLeft();

        using PageServerProcess framework = await PageServerProcess.StartAsync(PageServer.Framework, size, connections, cancellationToken);
        using PageServerProcess tiers = await PageServerProcess.StartAsync(PageServer.Tiers, size, connections, cancellationToken);
        Contender[] pages = [new("page, framework's store", framework, PageServer.PagePath), new("page, L1", tiers, PageServer.PagePath)];
        Contender[] json = [new("JSON, constant", tiers, PageServer.ConstantPath), new("JSON, HybridCache", tiers, PageServer.CachedPath)];

        bool clean = await CompareAsync(pages, 1, rounds, duration, cancellationToken);
        clean &= await CompareAsync(json, 0.95, rounds, duration, cancellationToken);
        foreach (PageServerProcess server in (PageServerProcess[])[framework, tiers])
            clean &= (await server.ReadUsageAsync(cancellationToken)).Renderings == 1;
        return clean ? ExitCode.Ok : ExitCode.Failed;
    }

    // Each pair of rounds begins with the other one, so that whatever drifts drifts for both.
    private static async Task<bool> CompareAsync(Contender[] pair, double target, int rounds, TimeSpan duration, CancellationToken cancellationToken)
    {
        foreach (Contender contender in pair)
            await contender.RunAsync(duration, counts: false, cancellationToken);
        for (int round = 0; round < rounds; round++)
        {
            await pair[round % 2].RunAsync(duration, counts: true, cancellationToken);
            await pair[1 - (round % 2)].RunAsync(duration, counts: true, cancellationToken);
        }
        foreach (Contender contender in pair)
            Console.WriteLine(contender.Describe());
        double[] ratios = [.. pair[1].Rates.Zip(pair[0].Rates, (ours, theirs) => ours / theirs).Order()];
        double whole = pair[1].Rates.Sum() / pair[0].Rates.Sum();
        Console.WriteLine(FormattableString.Invariant(
            $"{(whole >= target ? "OK   " : "SHORT")}  {pair[1].Name} / {pair[0].Name}: {whole:N3} of the requests/s, rounds {ratios[0]:N3} to {ratios[^1]:N3}, median {ratios[ratios.Length / 2]:N3}; the target is {target:N2}; server CPU per request {pair[1].CpuPerRequest / pair[0].CpuPerRequest:N3}"));
        return pair.All(contender => contender.IsClean);
    }
}
