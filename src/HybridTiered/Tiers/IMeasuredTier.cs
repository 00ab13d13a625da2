namespace HybridTiered.Tiers;

/// <summary>A tier that knows how much it holds without asking anybody.</summary>
public interface IMeasuredTier : ICacheTier
{
    /// <summary>What it holds now. Cheap, touches no server and never throws.</summary>
    TierSize GetSize();
}
