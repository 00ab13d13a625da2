namespace HybridTiered.Load.Http;

/// <summary>What the <c>http</c> verb takes.</summary>
internal sealed record HttpOptions(string? Url, int Connections, int Warmup, int Seconds, double Puts, double Zipf, int Seed)
{
    public const string Help = """
            Readers of random products, some of whom change one, against the storefront. Ends with 1 on any error and on any read that shows
            an older version than a PUT that was answered before the read began.
              --url URL         a storefront that runs already; otherwise one is started
              --connections 64  clients, each with a request under way at any time; 1 to 10,000
              --warmup 0        seconds of the same load before, in which both programs compile what they run; 0 to 86,400
              --seconds 30      duration; 1 to 86,400
              --puts 1          percent of requests that change a product; 0 to 100
              --zipf 1.0        exponent of the popularity of products; 0 to 5, 0 for all alike
              --seed N          makes the requests reproducible; random, and printed, otherwise
        """;

    /// <exception cref="UsageException">An option is unknown or out of range.</exception>
    public static HttpOptions From(Arguments arguments)
    {
        var options = new HttpOptions(
            arguments.Take("url"),
            arguments.Take("connections", 64, 1, 10_000),
            arguments.Take("warmup", 0, 0, 86_400),
            arguments.Take("seconds", 30, 1, 86_400),
            arguments.Take("puts", 1.0, 0, 100),
            arguments.Take("zipf", 1.0, 0, 5),
            arguments.Take("seed", Random.Shared.Next(), 0, int.MaxValue));
        arguments.ThrowIfAnyLeft();
        if (options.Url is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Scheme == Uri.UriSchemeHttp))
            throw new UsageException($"--url is '{url}'; it must be an address that begins with http://.");
        return options;
    }
}
