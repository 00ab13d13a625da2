namespace HybridTiered.Load.OutputCaching;

/// <summary>
/// What HybridTiered costs a web application, beside what costs as little as can be: pages in its output cache store beside pages in the framework's memory, and an
/// endpoint that reads <c>HybridCache</c> beside one that answers a constant.
/// </summary>
internal sealed class OutputCacheVerb : IVerb
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public string Name => "outputcache";

    public string Help => """
            Requests per second of a page from L1 and of one from the framework's store, and of JSON through HybridCache and of a constant, in short rounds that take
            turns. The yardstick runs in two processes, so that its ratio to itself shows what the machine makes of nothing. Ends with 1 if a page was rendered more than
            once or an answer was wrong.
              --rounds 60       rounds of each; 1 to 10,000
              --seconds 0.2     duration of a round; 0.01 to 60
              --connections 16  connections with one request under way each; 1 to 1,000
              --size 4096       bytes of the page; 1 to 10,000,000
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        int rounds = arguments.Take("rounds", 60, 1, 10_000);
        var duration = TimeSpan.FromSeconds(arguments.Take("seconds", 0.2, 0.01, 60));
        int connections = arguments.Take("connections", 16, 1, 1_000);
        int size = arguments.Take("size", 4_096, 1, 10_000_000);
        arguments.ThrowIfAnyLeft();

        var servers = new List<PageServerProcess>();
        try
        {
            foreach (string store in (string[])[PageServer.Framework, PageServer.Framework, PageServer.Tiers, PageServer.Tiers])
                servers.Add(await PageServerProcess.StartAsync(store, size, connections, cancellationToken));
            bool clean = await CompareAsync(
                new Contender("page, framework's store", servers[0], PageServer.PagePath), new Contender("page, the same again", servers[1], PageServer.PagePath),
                new Contender("page, L1", servers[2], PageServer.PagePath), 1, rounds, duration, cancellationToken);
            clean &= await CompareAsync(
                new Contender("JSON, constant", servers[2], PageServer.ConstantPath), new Contender("JSON, the same again", servers[3], PageServer.ConstantPath),
                new Contender("JSON, HybridCache", servers[3], PageServer.CachedPath), 0.95, rounds, duration, cancellationToken);
            foreach (PageServerProcess server in servers.Take(3))
                clean &= (await server.ReadUsageAsync(cancellationToken)).Renderings == 1;
            return clean ? ExitCode.Ok : ExitCode.Failed;
        }
        finally
        {
            foreach (PageServerProcess server in servers)
                server.Dispose();
        }
    }

    // Whoever comes first in one round comes last in the next, so that whatever drifts drifts for all.
    private static async Task<bool> CompareAsync(
        Contender yardstick, Contender again, Contender ours, double target, int rounds, TimeSpan duration, CancellationToken cancellationToken)
    {
        Contender[] all = [yardstick, again, ours];
        foreach (Contender contender in all)
            await contender.RunAsync(WarmUp, counts: false, cancellationToken);
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < all.Length; i++)
                await all[(round + i) % all.Length].RunAsync(duration, counts: true, cancellationToken);
        }
        foreach (Contender contender in all)
            Console.WriteLine(contender.Describe());
        double yardsticks = (yardstick.Rates.Sum() + again.Rates.Sum()) / 2;
        double ratio = ours.Rates.Sum() / yardsticks;
        double noise = Math.Abs(again.Rates.Sum() - yardstick.Rates.Sum()) / yardsticks;
        string verdict = ratio >= target ? "OK   " : ratio >= target - noise ? "EVEN " : "SHORT";
        double cpu = ours.CpuPerRequest / ((yardstick.CpuPerRequest + again.CpuPerRequest) / 2);
        Console.WriteLine(FormattableString.Invariant(
            $"{verdict}  {ours.Name}: {ratio:N3} of the requests/s of '{yardstick.Name}', the target is {target:N2}, and the two of those differ by {noise:N3}; server CPU per request {cpu:N3}"));
        return all.All(contender => contender.IsClean);
    }
}
