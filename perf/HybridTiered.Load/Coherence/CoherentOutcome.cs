using HybridTiered.Load.Http;
using HybridTiered.Load.Measuring;

namespace HybridTiered.Load.Coherence;

/// <summary>What one shopper on two storefronts, or all of them, went through. For one thread; merge at the end.</summary>
internal sealed class CoherentOutcome
{
    /// <summary>Requests, errors, and as stale the reads that show less than the same storefront has shown or answered before.</summary>
    public ShopperOutcome Requests { get; init; } = new();

    /// <summary>From the answer to a PUT to the first answer of the other storefront that shows it, its own read of the source included.</summary>
    public LatencyHistogram FirstShown { get; } = new();

    /// <summary>From the answer to a PUT to the beginning of the last read on the other storefront that did not show it; zero if there was none.</summary>
    public LatencyHistogram OutOfDate { get; } = new();

    /// <summary>Reads that began after the answer to a PUT on the other storefront and did not show it.</summary>
    public long OutOfDateReads { get; set; }

    /// <summary>Those of them that began later than the bound.</summary>
    public long ReadsBeyondBound { get; set; }

    public static CoherentOutcome Of(IReadOnlyCollection<CoherentOutcome> outcomes)
    {
        var sum = new CoherentOutcome { Requests = ShopperOutcome.Of(outcomes.Select(o => o.Requests)) };
        foreach (CoherentOutcome one in outcomes)
        {
            sum.FirstShown.Add(one.FirstShown);
            sum.OutOfDate.Add(one.OutOfDate);
            sum.OutOfDateReads += one.OutOfDateReads;
            sum.ReadsBeyondBound += one.ReadsBeyondBound;
        }
        return sum;
    }
}
