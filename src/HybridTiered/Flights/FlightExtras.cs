namespace HybridTiered.Flights;

/// <summary>What few flights have: those that run a factory which says or asks something, and those whose callers can leave.</summary>
internal sealed class FlightExtras
{
    public Flight? Parent;
    public FactoryContext? Context;
    public PreviousValue? Previous;
    public CancellationTokenSource? Cancellation;
    public IAsyncDisposable? ClusterLock;
    public TaskCompletionSource? End;
    public bool MakesMany;
    public bool Answered;
}
