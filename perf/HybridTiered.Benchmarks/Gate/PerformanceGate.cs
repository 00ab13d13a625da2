namespace HybridTiered.Benchmarks.Gate;

/// <summary>Measures everything that has a limit, and says what does not keep it.</summary>
internal static class PerformanceGate
{
    private static readonly Dictionary<string, Func<IGateSection>> Sections = new(StringComparer.Ordinal)
    {
        ["hits"] = static () => new HitSection(),
        ["memory"] = static () => new MemorySection(),
        ["threads"] = static () => new ThreadSection(),
        ["bytes"] = static () => new BytesSection(),
        ["mutable"] = static () => new MutableSection(),
        ["misses"] = static () => new MissSection(),
        ["redis"] = static () => new RedisSection(),
        ["payloads"] = static () => new PayloadSection(),
        ["broadcasts"] = static () => new BroadcastSection(),
    };

    /// <summary>Runs the gate.</summary>
    /// <param name="names">The sections to run; all of them if there are none.</param>
    /// <param name="output">Gets a line per verdict.</param>
    /// <returns>0 if every limit is kept, 1 if one is not, 2 if a section does not exist.</returns>
    public static int Run(IReadOnlyCollection<string> names, TextWriter output)
    {
        if (names.FirstOrDefault(name => !Sections.ContainsKey(name)) is { } unknown)
        {
            Console.Error.WriteLine($"The gate has no section '{unknown}'; it has {string.Join(", ", Sections.Keys)}.");
            return 2;
        }
        bool allKept = true;
        Print(output, "name", "measured", "limit", "");
        foreach ((string name, Func<IGateSection> create) in Sections)
        {
            if (names.Count > 0 && !names.Contains(name))
                continue;
            foreach (Verdict verdict in create().Measure())
            {
                allKept &= verdict.IsKept;
                Print(output, verdict.Name, verdict.Measured, verdict.Limit, verdict.IsKept ? "ok" : "SHORT");
            }
        }
        return allKept ? 0 : 1;
    }

    private static void Print(TextWriter output, string name, string measured, string limit, string verdict) =>
        output.WriteLine($"{name,-44}  {measured,-34}  {limit,-24}  {verdict}".TrimEnd());
}
