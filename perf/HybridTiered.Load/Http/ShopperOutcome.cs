using HybridTiered.Load.Measuring;

namespace HybridTiered.Load.Http;

/// <summary>What one shopper, or all of them, went through. For one thread; merge at the end.</summary>
internal sealed class ShopperOutcome
{
    private const int MostMessages = 10;

    private readonly Dictionary<string, long> _tiers = [];
    private readonly List<string> _messages = [];

    public long Reads { get; private set; }

    public long Puts { get; private set; }

    public long Stale { get; private set; }

    public long Errors { get; private set; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>Reads by the tier that answered them.</summary>
    public IReadOnlyDictionary<string, long> Tiers => _tiers;

    /// <summary>The first things that went wrong.</summary>
    public IReadOnlyList<string> Messages => _messages;

    public long Requests => Reads + Puts + Errors;

    /// <summary>Whether there was anything to go wrong and nothing did.</summary>
    public bool IsClean => Requests > 0 && Errors == 0 && Stale == 0;

    public static ShopperOutcome Of(IEnumerable<ShopperOutcome> outcomes)
    {
        var sum = new ShopperOutcome();
        foreach (ShopperOutcome one in outcomes)
        {
            sum.Reads += one.Reads;
            sum.Puts += one.Puts;
            sum.Stale += one.Stale;
            sum.Errors += one.Errors;
            sum.Latency.Add(one.Latency);
            foreach ((string tier, long reads) in one._tiers)
                sum._tiers[tier] = sum._tiers.GetValueOrDefault(tier) + reads;
            foreach (string message in one._messages)
                sum.Say(message);
        }
        return sum;
    }

    public void AddRead(string? tier)
    {
        Reads++;
        string name = tier ?? "unknown";
        _tiers[name] = _tiers.GetValueOrDefault(name) + 1;
    }

    public void AddPut() => Puts++;

    public void AddStale(string message)
    {
        Stale++;
        Say(message);
    }

    public void AddError(string message)
    {
        Errors++;
        Say(message);
    }

    private void Say(string message)
    {
        if (_messages.Count < MostMessages)
            _messages.Add(message);
    }
}
