using HybridTiered.Load.Coherence;

namespace HybridTiered.Load.Faults;

/// <summary>The coherence check while something fails.</summary>
internal sealed class FaultsVerb : IVerb
{
    private const string Everything = "all";

    private static readonly Dictionary<string, DatabaseFault> DatabaseScenarios = new(StringComparer.Ordinal)
    {
        ["database-failing"] = DatabaseFault.Failing,
        ["database-hanging"] = DatabaseFault.Hanging,
        ["database-slow"] = DatabaseFault.Slow,
    };

    public string Name => "faults";

    public string Help => $"""
            The coherence check (see there) on a Redis of its own, while something fails. Ends with 1 on any violation, if memory grows, and on task exceptions that
            nobody observed. Says whether as much was read during the fault as before.
              --scenario all    one of: {string.Join(", ", Scenarios.All.Select(s => s.Name).Concat(DatabaseScenarios.Keys))}
              --calm 5          seconds before the fault; 1 to 3,600
              --fault 10        seconds of the fault; 1 to 3,600
              --after 8         seconds of updates after it; 1 to 3,600
        {CoherenceSettings.Help[..CoherenceSettings.Help.LastIndexOf('\n')]}
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        string name = arguments.Take("scenario") ?? Everything;
        Scenario[] chosen = [.. Scenarios.All.Where(s => name == Everything || s.Name == name)];
        DatabaseFault[] faults = [.. DatabaseScenarios.Where(s => name == Everything || s.Key == name).Select(s => s.Value)];
        if (chosen.Length + faults.Length == 0)
            throw new UsageException($"--scenario is '{name}'; there is no such scenario.");
        var times = new FaultTimes(
            TimeSpan.FromSeconds(arguments.Take("calm", 5, 1, 3600)), TimeSpan.FromSeconds(arguments.Take("fault", 10, 1, 3600)),
            TimeSpan.FromSeconds(arguments.Take("after", 8, 1, 3600)));
        var settings = CoherenceSettings.From(arguments);
        arguments.ThrowIfAnyLeft();

        bool clean = true;
        foreach (Scenario scenario in chosen)
        {
            Console.WriteLine($"\n{scenario.Name}: {scenario.Description}; seed {settings.Seed}");
            FaultOutcome outcome = await Laboratory.RunAsync(scenario, settings, times, cancellationToken);
            outcome.Print();
            clean &= outcome.IsClean;
        }
        foreach (DatabaseFault fault in faults)
        {
            Console.WriteLine($"\ndatabase {fault}; seed {settings.Seed}");
            DatabaseOutcome outcome = await new DatabaseRun(fault, times.Fault, settings.Seed).RunAsync(cancellationToken);
            outcome.Print();
            clean &= outcome.IsClean;
        }
        return clean ? ExitCode.Ok : ExitCode.Failed;
    }
}
