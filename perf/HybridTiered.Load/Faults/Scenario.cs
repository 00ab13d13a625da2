namespace HybridTiered.Load.Faults;

/// <summary>One fault, and what it needs.</summary>
internal sealed record Scenario(string Name, string Description)
{
    /// <summary>Brings the fault about, keeps it up for its time, and ends it.</summary>
    public required Func<Laboratory, CancellationToken, Task> InflictAsync { get; init; }

    /// <summary>Whether Redis writes everything to its disk before it answers.</summary>
    public bool AppendOnly { get; init; }

    /// <summary>Whether there is a second server that follows the first.</summary>
    public bool HasReplica { get; init; }

    /// <summary>Whether the instances reach Redis through a proxy.</summary>
    public bool HasProxy { get; init; }

    /// <summary>How much longer the fault lasts than others.</summary>
    public int Scale { get; init; } = 1;
}
