namespace HybridTiered.Flights;

/// <summary>
/// A value that is being set explicitly. It stands in the table like a flight that nobody can join, so that an invalidation of its key that arrives from
/// elsewhere meanwhile keeps it out of L1: whether it is older or newer cannot be told before the tiers have been read again.
/// </summary>
internal sealed class Mutation : Flight
{
    public Mutation(string key, long created, long epoch)
    {
        Begin(key, default, created, epoch, Current, cancellation: null);
        Close_NeedsLock();
    }
}
