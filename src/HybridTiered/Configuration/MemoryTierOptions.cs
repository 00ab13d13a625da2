using HybridTiered.Tiers.Memory;

namespace HybridTiered.Configuration;

/// <summary>How L1 is built.</summary>
public sealed class MemoryTierOptions
{
    /// <summary>The most that L1 keeps, in estimated bytes of keys, values and bookkeeping. Default 100 MiB; at least 1 MiB.</summary>
    public long SizeLimit { get; set; } = 100L * 1024 * 1024;

    /// <summary>The most that L1 keeps, in entries. Default 1,000,000; at least 1.</summary>
    public long EntryLimit { get; set; } = 1_000_000;

    /// <summary>How much longer (or shorter) than its local duration an entry lives in L1. Default 1; more than 0, at most 1,000,000.</summary>
    public double TtlScale { get; set; } = 1;

    /// <summary>
    /// Time without a read after which an entry may be dropped to free memory, before it expires. It stays at least that long and at most an eighth longer.
    /// Default: none.
    /// </summary>
    public TimeSpan? TimeToIdle { get; set; }

    /// <summary>Which store to use. Default <see cref="MemoryStoreKind.Bounded"/>. The limits apply to that one alone.</summary>
    public MemoryStoreKind Store { get; set; }

    /// <summary>Makes a store of one's own instead of those of <see cref="Store"/>. The cache disposes it.</summary>
    public Func<IServiceProvider, IMemoryStore>? StoreFactory { get; set; }

    /// <summary>Bytes to assume for a value whose size is not known because it was never serialised. Default 256; 0 or more.</summary>
    public int AssumedValueSize { get; set; } = 256;
}
