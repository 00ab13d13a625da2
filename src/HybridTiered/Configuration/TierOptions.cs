namespace HybridTiered.Configuration;

/// <summary>How the chain treats one tier below L1.</summary>
public class TierOptions
{
    /// <summary>
    /// The tier's place in the chain: 2 for the first below L1. Unique, and ascending in the order in which tiers are added.
    /// Default: <see langword="null"/>, the next free one.
    /// </summary>
    public int? Level { get; set; }

    /// <summary>The name under which the tier shows in statistics, metrics and logs. Default: the kind of tier, such as <c>redis</c>.</summary>
    public string? Name { get; set; }

    /// <summary>How much longer (or shorter) than its base duration an entry lives in this tier. Default 1; more than 0, at most 1,000,000.</summary>
    public double TtlScale { get; set; } = 1;

    /// <summary>
    /// Of how many hits in this tier one is copied to the tiers above: 1 copies each (the default), 10 on average every tenth, 0 none.
    /// </summary>
    public int PromotionFrequency { get; set; } = 1;

    /// <summary>The largest payload, header included, that is written to or read from this tier, in bytes. Default: no limit beside the cache's.</summary>
    public long? MaximumPayloadBytes { get; set; }

    /// <summary>Whether the chain only reads this tier and never writes, removes or promotes to it. Default <see langword="false"/>.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>The usual second tier: level 2, base duration, every hit promoted.</summary>
    public static TierOptions L2 => new() { Level = 2 };

    /// <summary>The usual third tier: level 3, twice the base duration, every tenth hit promoted.</summary>
    public static TierOptions L3 => new() { Level = 3, TtlScale = 2, PromotionFrequency = 10 };

    /// <summary>The usual fourth tier: level 4, eight times the base duration, every tenth hit promoted.</summary>
    public static TierOptions L4 => new() { Level = 4, TtlScale = 8, PromotionFrequency = 10 };

    /// <summary>Everything that is wrong with these options. Derived options add what is wrong with theirs.</summary>
    /// <returns>One message per mistake, each naming the option, its value and what is allowed; empty when all is well.</returns>
    public virtual IReadOnlyList<string> Validate()
    {
        var mistakes = new List<string>();
        OptionRules.Scale(TtlScale, nameof(TtlScale), mistakes);
        OptionRules.Between(PromotionFrequency, 0, int.MaxValue, nameof(PromotionFrequency), mistakes);
        if (MaximumPayloadBytes is { } maximum)
            OptionRules.Between(maximum, 1L, 1L << 30, nameof(MaximumPayloadBytes), mistakes);
        return mistakes;
    }

    /// <summary>Takes over every setting of the chain from another instance, such as a preset.</summary>
    /// <param name="other">Where the settings come from.</param>
    public void CopyFrom(TierOptions other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Level = other.Level;
        Name = other.Name;
        TtlScale = other.TtlScale;
        PromotionFrequency = other.PromotionFrequency;
        MaximumPayloadBytes = other.MaximumPayloadBytes;
        ReadOnly = other.ReadOnly;
    }
}
