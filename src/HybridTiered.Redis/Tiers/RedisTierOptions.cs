using HybridTiered.Configuration;

namespace HybridTiered.Redis.Tiers;

/// <summary>How a <see cref="RedisTier"/> keeps its entries.</summary>
public sealed class RedisTierOptions : TierOptions
{
    /// <summary>What every key in Redis begins with; the same as <c>RedisCacheOptions.InstanceName</c> to share entries with Microsoft's RedisCache. Default: nothing.</summary>
    public string InstanceName { get; set; } = "";

    /// <summary>How long the version of a removed key is remembered; a computation that took longer does not write to Redis. Default 60 s.</summary>
    public TimeSpan VersionRetention { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many commands of a bulk operation or a removal by pattern are under way at once. Default 512.</summary>
    public int BatchSize { get; set; } = 512;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Validate()
    {
        List<string> mistakes = [.. base.Validate()];
        if (InstanceName is null)
            mistakes.Add("InstanceName is null; it must be a text, possibly empty.");
        if (VersionRetention < TimeSpan.FromSeconds(1) || VersionRetention > TimeSpan.FromDays(1))
            mistakes.Add($"VersionRetention is {VersionRetention}; it must be from 1 second to 1 day.");
        if (BatchSize is < 1 or > 100_000)
            mistakes.Add($"BatchSize is {BatchSize}; it must be from 1 to 100,000.");
        return mistakes;
    }
}
