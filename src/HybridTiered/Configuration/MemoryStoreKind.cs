namespace HybridTiered.Configuration;

/// <summary>Where L1 keeps its entries.</summary>
public enum MemoryStoreKind
{
    /// <summary>A store bounded by bytes and entries that keeps what is read often (S3-FIFO). The default.</summary>
    Bounded,

    /// <summary>A plain concurrent map without limits: entries leave when they expire or are removed.</summary>
    Unbounded,

    /// <summary>The application's <c>IMemoryCache</c>, with its limits.</summary>
    MemoryCache,
}
