namespace HybridTiered.Load.Coherence;

/// <summary>Ends the loops of a process: first those that change something, then those that read.</summary>
internal sealed class StopSignal
{
    private volatile bool _updates;
    private volatile bool _reads;

    public bool Updates
    {
        get => _updates;
        set => _updates = value;
    }

    public bool Reads
    {
        get => _reads;
        set => _reads = value;
    }
}
