namespace HybridTiered.Memcached.Protocol;

/// <summary>What a server answered to a write.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Cas">The CAS value of the stored item; 0 when unknown.</param>
internal readonly record struct StoreReply(StoreOutcome Outcome, ulong Cas = 0);
