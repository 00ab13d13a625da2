namespace HybridTiered.Load.Growth;

/// <summary>What operations cost as there is more of everything.</summary>
internal sealed class GrowthVerb : IVerb
{
    private const string All = "all";

    public string Name => "growth";

    public string Help => """
            What operations cost as entries, tags, tiers and instances grow in number. Ends with 1 if a cost that should stay grows by more than 25 %.
              --part all            or one of entries, tags, tiers, instances
              --entries 10000000    the most entries of L1, 360 bytes each in all; 1,000 to 100,000,000
              --instances 1000      the most receivers on one backplane; 10 to 10,000
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        string part = arguments.Take("part") ?? All;
        int entries = arguments.Take("entries", 10_000_000, 1_000, 100_000_000);
        int instances = arguments.Take("instances", 1_000, 10, 10_000);
        arguments.ThrowIfAnyLeft();
        (string Name, Func<Task<bool>> Run)[] parts =
        [
            ("entries", () => EntryGrowth.RunAsync(entries, cancellationToken)),
            ("tags", () => TagGrowth.RunAsync(cancellationToken)),
            ("tiers", () => TierGrowth.RunAsync(cancellationToken)),
            ("instances", () => InstanceGrowth.RunAsync(instances, cancellationToken)),
        ];
        if (part != All && !parts.Any(p => p.Name == part))
            throw new UsageException($"--part is '{part}'; it must be {All} or one of {string.Join(", ", parts.Select(p => p.Name))}.");
        bool flat = true;
        foreach ((string name, Func<Task<bool>> run) in parts)
        {
            if (part == All || part == name)
                flat &= await run();
        }
        return flat ? ExitCode.Ok : ExitCode.Failed;
    }
}
