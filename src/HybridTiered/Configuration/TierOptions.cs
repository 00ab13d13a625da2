using System.Globalization;

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

    /// <summary>How long a read or write of this tier may take before it is given up and counts as failed. Default 2 seconds; 1 millisecond to 1 hour, or <see langword="null"/> for no limit.</summary>
    public TimeSpan? HardTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The same for reads of which an expired value is at hand that fail-safe could serve instead. Default: <see langword="null"/>, the <see cref="HardTimeout"/>; 1
    /// millisecond to 1 hour.
    /// </summary>
    public TimeSpan? SoftTimeout { get; set; }

    /// <summary>How long a tier that keeps failing is not asked. Default 2 seconds; up to 1 hour, 0 to ask it always.</summary>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The part of the calls within <see cref="FailureWindow"/> that has to fail for the circuit to open. A call that times out while nothing else is answered opens it at
    /// once. Default 0.5; more than 0, at most 1.
    /// </summary>
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Over which time failures are counted. Default 10 seconds; 100 milliseconds to 1 hour.</summary>
    public TimeSpan FailureWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many calls within <see cref="FailureWindow"/> it takes for their failures to say anything. Default 10; at least 1.</summary>
    public int MinimumCalls { get; set; } = 10;

    /// <summary>
    /// Whether <c>SetAsync</c> returns without waiting for this tier, which is written behind the call. Until then this instance does not read the key from it, and
    /// the other instances are told when it has the value. Default <see langword="false"/>. What a factory computes is always written behind.
    /// </summary>
    public bool WriteBehind { get; set; }

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
        OptionRules.Timeout(HardTimeout, nameof(HardTimeout), mistakes);
        OptionRules.Timeout(SoftTimeout, nameof(SoftTimeout), mistakes);
        OptionRules.Between(BreakDuration, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(BreakDuration), mistakes);
        OptionRules.Between(FailureWindow, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), nameof(FailureWindow), mistakes);
        OptionRules.Between(MinimumCalls, 1, int.MaxValue, nameof(MinimumCalls), mistakes);
        if (!(FailureRatio is > 0 and <= 1))
            mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{nameof(FailureRatio)} is {FailureRatio}; it must be more than 0 and at most 1."));
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
        HardTimeout = other.HardTimeout;
        SoftTimeout = other.SoftTimeout;
        BreakDuration = other.BreakDuration;
        FailureRatio = other.FailureRatio;
        FailureWindow = other.FailureWindow;
        MinimumCalls = other.MinimumCalls;
        WriteBehind = other.WriteBehind;
    }
}
