namespace HybridTiered.Tiers;

/// <summary>What a tier found under a key. The reader disposes it once, after its last look at <see cref="Data"/>.</summary>
public readonly struct TierEntry : IDisposable
{
    private readonly IDisposable? _owner;

    // Boxed, because most reads do not ask for it, and the entry is passed from hand to hand.
    private readonly object? _lifetime;

    /// <summary>Wraps bytes that were found.</summary>
    /// <param name="data">The stored bytes, valid until the entry is disposed.</param>
    /// <param name="owner">What takes the buffer back, or <see langword="null"/> when the bytes belong to the garbage collector.</param>
    /// <param name="lifetime">What is left of the entry's life, or <see langword="null"/> when the tier cannot tell.</param>
    public TierEntry(ReadOnlyMemory<byte> data, IDisposable? owner = null, TierLifetime? lifetime = null)
    {
        Found = true;
        Data = data;
        _lifetime = lifetime;
        _owner = owner;
    }

    /// <summary>The answer of a tier that has nothing under the key.</summary>
    public static TierEntry Missing => default;

    /// <summary>Whether the tier has the key. An entry of zero bytes is found.</summary>
    public bool Found { get; }

    /// <summary>The stored bytes. Not to be used after <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>What is left of the entry's life, or <see langword="null"/> when it was not asked for or the tier cannot tell.</summary>
    public TierLifetime? Lifetime => (TierLifetime?)_lifetime;

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => _owner?.Dispose();
}
