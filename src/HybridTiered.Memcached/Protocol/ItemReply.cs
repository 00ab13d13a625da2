namespace HybridTiered.Memcached.Protocol;

/// <summary>What a server has under a key.</summary>
/// <param name="Found">Whether it has anything.</param>
/// <param name="Flags">The item's flags, where they were asked for.</param>
/// <param name="Cas">The item's CAS value, where it was asked for.</param>
/// <param name="Body">The item's bytes, to be disposed, or <see langword="null"/> where they were not asked for.</param>
internal readonly record struct ItemReply(bool Found, uint Flags = 0, ulong Cas = 0, RentedBytes? Body = null) : IDisposable
{
    public void Dispose() => Body?.Dispose();
}
