using HybridTiered.Load.Caches;

namespace HybridTiered.Load.Coherence;

/// <summary>What the <c>coherent</c> verb takes.</summary>
internal sealed record CoherentOptions(int Connections, int Seconds, double Puts, double Zipf, TimeSpan Bound, int Seed, string? Redis)
{
    public const string Help = $"""
            Readers of random products on two storefronts with one Redis, some of whom change one. Ends with 1 on any error; on any read that shows an older version than
            a read or PUT on the same storefront that was answered before it began; and if, for more than 1 % of PUTs, the other storefront still shows an
            older version on a read that begins later than the bound after the answer to the PUT.
              --connections 64  clients, each with a request under way at any time; 2 to 10,000
              --seconds 30      duration; 1 to 86,400
              --puts 5          percent of requests that change a product; 0 to 100
              --zipf 1.0        exponent of the popularity of products; 0 to 5, 0 for all alike
              --bound 50        the bound in ms; 1 to 60,000
              --seed N          makes the requests reproducible; random, and printed, otherwise
        {RedisSource.Help}
        """;

    /// <exception cref="UsageException">An option is unknown or out of range.</exception>
    public static CoherentOptions From(Arguments arguments)
    {
        var options = new CoherentOptions(
            arguments.Take("connections", 64, 2, 10_000),
            arguments.Take("seconds", 30, 1, 86_400),
            arguments.Take("puts", 5.0, 0, 100),
            arguments.Take("zipf", 1.0, 0, 5),
            TimeSpan.FromMilliseconds(arguments.Take("bound", 50, 1, 60_000)),
            arguments.Take("seed", Random.Shared.Next(), 0, int.MaxValue),
            arguments.Take("redis"));
        arguments.ThrowIfAnyLeft();
        return options;
    }
}
