using HybridTiered.Memcached.Hashing;

namespace HybridTiered.Memcached.Connections;

/// <summary>What every connection to a server has in common.</summary>
/// <param name="Server">The server.</param>
/// <param name="Options">The tier's options, which nobody changes any more.</param>
/// <param name="Time">The tier's clock.</param>
internal sealed record ConnectionSettings(ServerAddress Server, MemcachedTierOptions Options, TimeProvider Time);
