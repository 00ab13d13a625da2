namespace HybridTiered.Memcached;

/// <summary>What one server reports of itself.</summary>
/// <param name="Server">The server, as <c>host:port</c>.</param>
/// <param name="Values">
/// The general statistics under the server's own names (<c>get_hits</c>, <c>curr_items</c>, <c>bytes</c>, <c>evictions</c>, ...); empty
/// when the server did not answer.
/// </param>
/// <param name="Fault">Why the server did not answer, or <see langword="null"/> when it did.</param>
public sealed record MemcachedServerStatistics(string Server, IReadOnlyDictionary<string, string> Values, Exception? Fault = null);
