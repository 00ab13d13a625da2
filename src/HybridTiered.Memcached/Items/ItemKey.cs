namespace HybridTiered.Memcached.Items;

/// <summary>A key in its two forms.</summary>
/// <param name="Full">Prefix and key in UTF-8, which the item's checksum covers.</param>
/// <param name="Wire">What the server gets: the same bytes, or a hash where the server cannot hold them.</param>
internal readonly record struct ItemKey(byte[] Full, byte[] Wire)
{
    public bool IsHashed => !ReferenceEquals(Full, Wire);
}
