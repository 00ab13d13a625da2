namespace Tour;

/// <summary>The samples by name.</summary>
internal static class Samples
{
    public static IReadOnlyDictionary<string, Func<TextWriter, string?, Task>> All { get; } = new Dictionary<string, Func<TextWriter, string?, Task>>
    {
        ["quick-start"] = QuickStart.RunAsync,
        ["strategies"] = Strategies.RunAsync,
        ["stampede"] = Stampede.RunAsync,
        ["multi-tier"] = MultiTier.RunAsync,
        ["promotion"] = ProbabilisticPromotion.RunAsync,
        ["own-tier"] = OwnTier.RunAsync,
        ["instances"] = AcrossInstances.RunAsync,
        ["streams"] = EventStreams.RunAsync,
        ["database"] = DatabaseCaching.RunAsync,
        ["pages"] = OutputCaching.RunAsync,
        ["keyed"] = KeyedCaches.RunAsync,
        ["worker"] = WorkerService.RunAsync,
        ["health"] = HealthAndTracing.RunAsync,
    };

    /// <summary>Runs the sample that the first argument names, on the Redis that the second names, if any.</summary>
    /// <returns>0, or 2 if there is no such sample.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (arguments.Length is 0 or > 2 || !All.TryGetValue(arguments[0], out Func<TextWriter, string?, Task>? run))
        {
            await errors.WriteLineAsync("usage: dotnet run --project docs/samples/Tour -- SAMPLE [REDIS]");
            await errors.WriteLineAsync($"Samples: {string.Join(", ", All.Keys)}. REDIS is such as localhost:6379; streams needs it, instances and multi-tier can use it.");
            return 2;
        }
        await run(output, arguments.ElementAtOrDefault(1));
        return 0;
    }
}
