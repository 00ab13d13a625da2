namespace HybridTiered.Memcached;

/// <summary>Which commands the tier speaks.</summary>
public enum MemcachedProtocol
{
    /// <summary>
    /// Meta commands with servers that have them in their final form (1.6.10 and later), classic commands with the others. Each
    /// connection asks for the server's version first.
    /// </summary>
    Automatic,

    /// <summary>
    /// Classic commands only, for proxies that know no others. A write costs one more round trip, which reads back the version.
    /// </summary>
    Classic,
}
