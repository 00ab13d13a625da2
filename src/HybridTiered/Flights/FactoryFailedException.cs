namespace HybridTiered.Flights;

/// <summary>A factory said through <see cref="FactoryContext.Fail"/> that it has no value, and there was none that fail-safe could serve instead.</summary>
/// <param name="key">The key.</param>
/// <param name="reason">What the factory said.</param>
public sealed class FactoryFailedException(string key, string reason) : Exception($"The factory of cache key '{key}' failed: {reason}");
