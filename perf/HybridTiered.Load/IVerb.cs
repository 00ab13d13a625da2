namespace HybridTiered.Load;

/// <summary>One load program.</summary>
internal interface IVerb
{
    /// <summary>How the command line calls it.</summary>
    string Name { get; }

    /// <summary>What it does and takes, a few lines, indented by four.</summary>
    string Help { get; }

    /// <summary>Runs it, prints what it found, and says how it ended (<see cref="ExitCode"/>).</summary>
    Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken);
}
