using HybridTiered.Entries;
using HybridTiered.Flights;
using HybridTiered.Tiers;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Chain;

/// <summary>One explicit set under way: what is to be stored where, and how far that has come.</summary>
internal sealed class Assignment(string key) : IDisposable
{
    private KeyLocks.Holder _holder;

    public string Key { get; } = key;

    /// <summary>The value's own bytes, if anybody needs them.</summary>
    public SerializedValue Value { get; init; }

    /// <summary>The bytes for the tiers below L1, perhaps in the same buffer; <see langword="null"/> when the value does not fit there, or is raw.</summary>
    public EntryBytes? Data { get; init; }

    /// <summary>Bytes of the <c>IDistributedCache</c> face for the tiers below L1.</summary>
    public byte[]? RawData { get; init; }

    /// <summary>What the tiers below L1 get; <see langword="null"/> when there is nothing for them.</summary>
    // A bare null would convert to empty memory, which is a value.
    public ReadOnlyMemory<byte>? Bytes => Data?.Memory ?? (RawData is { } raw ? raw.AsMemory() : (ReadOnlyMemory<byte>?)null);

    /// <summary>What the other instances are to take over.</summary>
    public EntryBytes? Pushed { get; set; }

    public required bool TouchesLower { get; init; }

    public required Func<GuardedTier, TierLifetime> LifetimeIn { get; init; }

    public required Func<EntryVersion, MemoryEntry?> ToMemoryEntry { get; init; }

    /// <summary>The life in L1, counted from <see cref="Started"/>.</summary>
    public required MemoryLife Life { get; init; }

    /// <summary>The tag epoch before the value was made.</summary>
    public required long Epoch { get; init; }

    public required BroadcastMode Broadcast { get; init; }

    /// <summary>The time of the invalidation that the set is to everybody else.</summary>
    public long Time { get; set; }

    /// <summary>When the call began, as a timestamp.</summary>
    public long Started { get; set; }

    public Mutation? Mutation { get; private set; }

    /// <summary>The version that the shared tier gave, if it did.</summary>
    public EntryVersion Version { get; set; }

    /// <summary>Whether some tier has the value.</summary>
    public bool Taken { get; set; }

    /// <summary>Whether some tier failed.</summary>
    public bool Failed { get; set; }

    /// <summary>Takes over the key's lock, and stands among the flights from now on.</summary>
    public void Enter(FlightTable flights, KeyLocks.Holder holder)
    {
        _holder = holder;
        Mutation = flights.Enter(Key);
    }

    /// <summary>Leaves the flights, and ends the invalidation that <see cref="FlightTable.BeginInvalidation"/> began.</summary>
    public void End(FlightTable flights)
    {
        if (Mutation is not null)
        {
            flights.End(Mutation);
            _holder.Dispose();
        }
        flights.EndInvalidation(Key);
    }

    public void Dispose()
    {
        Value.Dispose();
        Data?.Dispose();
        Pushed?.Dispose();
    }
}
