namespace HybridTiered.Redis.Tests.Cache.Support;

internal enum TierStep
{
    Read,
    ReadVersion,
    Write,
    WriteIfUnchanged,
    Remove,
    RemoveByPattern,
    Refresh,
    RaiseTagTime,
}
