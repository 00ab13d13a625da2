namespace HybridTiered.Entries;

/// <summary>placeholder, being written</summary>
public sealed class GlobPattern
{
}
