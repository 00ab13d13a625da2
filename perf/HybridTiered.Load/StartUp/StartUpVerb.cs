using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HybridTiered.Load.Caches;
using HybridTiered.Load.Processes;
using HybridTiered.TestServers.Processes;

namespace HybridTiered.Load.StartUp;

/// <summary>How long a fresh process takes from registering a cache to the first answer.</summary>
internal sealed class StartUpVerb : IVerb
{
    private static readonly TimeSpan LimitDown = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LimitUp = TimeSpan.FromMilliseconds(150);

    // Silence cannot be told from a slow answer: a read waits as long as TierOptions.HardTimeout says (2 s), after the wait for the backplane (0.25 s).
    private static readonly TimeSpan LimitSilent = TimeSpan.FromMilliseconds(2_500);

    public string Name => "startup";

    public string Help => $"""
            Fresh processes that register a cache, build the services and ask for a value, with Redis up, refusing, and silent. Prints medians:
            once every method has been compiled (a second cache in the same process), and with compiling (the first). The former decide: ends with 1 if one exceeds its limit.
              --times 15        processes of each kind; 1 to 1,000
        {RedisSource.Help}
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        int times = arguments.Take("times", 15, 1, 1_000);
        string? given = arguments.Take("redis");
        arguments.ThrowIfAnyLeft();

        await using RedisSource redis = await RedisSource.StartAsync(given);
        // Accepts connections and never says anything, as behind a network that drops what it carries.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        (string Name, string? Address, TimeSpan Limit)[] kinds =
        [
            ("memory alone", null, LimitDown),
            ("Redis refuses", $"127.0.0.1:{FreePort.Next()}", LimitDown),
            ("Redis is silent", $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}", LimitSilent),
            ("Redis is up", redis.Address, LimitUp),
        ];
        var measured = kinds.Select(_ => new List<long[]>()).ToArray();
        // In turns, so that what else the machine does meets all kinds alike; the first turn brings the files into memory.
        for (int turn = 0; turn <= times; turn++)
        {
            for (int kind = 0; kind < kinds.Length; kind++)
            {
                long[] ticks = await StartAsync(kinds[kind].Address, cancellationToken);
                if (turn > 0)
                    measured[kind].Add(ticks);
            }
        }

        bool good = true;
        foreach ((var kind, List<long[]> ticks) in kinds.Zip(measured))
        {
            TimeSpan cold = Median(ticks.Select(t => t[0]));
            TimeSpan compiled = Median(ticks.Select(t => t[2]));
            good &= compiled < kind.Limit;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{kind.Name,-16} {compiled.TotalMilliseconds,8:N1} ms {Judge(compiled, kind.Limit),-5}  with compiling {cold.TotalMilliseconds,8:N1} ms {Judge(cold, kind.Limit),-5} (slowest {TimeSpan.FromTicks(ticks.Max(t => t[0])).TotalMilliseconds:N1}; JIT, all threads: {Median(ticks.Select(t => t[1])).TotalMilliseconds:N1})  limit {kind.Limit.TotalMilliseconds:N0} ms"));
        }
        return good ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<long[]> StartAsync(string? address, CancellationToken cancellationToken)
    {
        using ChildProcess child = ChildProcess.Start(StartUpProcess.VerbName, address is null ? [] : ["--redis", address]);
        string answer = await child.ExpectAsync(StartUpProcess.Answered, cancellationToken);
        return [.. answer.Split(' ').Select(ticks => long.Parse(ticks, CultureInfo.InvariantCulture))];
    }

    private static string Judge(TimeSpan median, TimeSpan limit) => median < limit ? "ok" : "SHORT";

    private static TimeSpan Median(IEnumerable<long> ticks)
    {
        long[] sorted = [.. ticks.Order()];
        return TimeSpan.FromTicks(sorted[sorted.Length / 2]);
    }
}
