namespace HybridTiered.Load.Http;

/// <summary>What matters of an answer about a product.</summary>
/// <param name="Version">The version it shows.</param>
/// <param name="Tier">The tier it came from; <see langword="null"/> for the answer to a PUT.</param>
internal readonly record struct ProductAnswer(long Version, string? Tier);
