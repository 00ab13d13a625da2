namespace HybridTiered.Inspection;

/// <summary>A key of L1 and how popular it is.</summary>
/// <param name="Key">The key as the application knows it.</param>
/// <param name="Popularity">The store's reading, 0 to 3: 3 for at least three reads lately.</param>
/// <param name="Established">Whether it stands in the main queue, where only keys get that were read again.</param>
/// <param name="Size">Estimated bytes of the entry.</param>
public sealed record HotKey(string Key, int Popularity, bool Established, long Size);
