using HybridTiered.Load.Http;

namespace HybridTiered.Load.Coherence;

/// <summary>One of the storefronts, and what it is known to have shown.</summary>
/// <param name="Name">How messages call it.</param>
/// <param name="Client">Asks it.</param>
/// <param name="Shown">The newest version of each product that it has shown, or has answered a PUT with. It must not show an older one afterwards.</param>
internal sealed record Shop(string Name, StorefrontClient Client, AnsweredVersions Shown);
