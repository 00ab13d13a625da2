namespace HybridTiered.Load.Coherence;

/// <summary>How a change in the source is told to the cache.</summary>
internal enum UpdateKind
{
    Key,
    Keys,
    Tag,
    Pattern,
    Set,
    Push,
}
