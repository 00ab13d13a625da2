using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace HybridTiered.Configuration;

/// <summary>The tiers that a section of configuration names, from the top down.</summary>
internal static class ConfiguredTiers
{
    // From the nearest to the farthest; a Level in the section goes before.
    private static readonly string[] UsualOrder = ["disk", "redis", "memcached", "distributed"];

    /// <summary>Whether the section of a cache names tiers.</summary>
    public static bool AreIn(IConfigurationSection cache) => cache.GetSection("Tiers").GetChildren().Any();

    /// <summary>Adds them. What cannot be added is reported with all other mistakes when the application starts.</summary>
    public static void AddTo(HybridTieredBuilder builder, IConfigurationSection cache)
    {
        foreach (IConfigurationSection tier in cache.GetSection("Tiers").GetChildren().OrderBy(Level).ThenBy(Place))
        {
            if (tier.Key.Equals("distributed", StringComparison.OrdinalIgnoreCase))
                builder.AddDistributedCache();
            else if (Find(tier.Key) is { } known)
                known.AddTo(builder);
            else
                builder.AddMistake(
                    $"Tiers:{tier.Key} names a tier that is not there; it must be one of {string.Join(", ", UsualOrder)}, with the package HybridTiered.Redis, .Disk or .Memcached "
                    + "referenced. Tiers of your own are added in code.");
        }
    }

    // What is no number is reported when the options are bound.
    private static int Level(IConfigurationSection tier) =>
        int.TryParse(tier[nameof(TierOptions.Level)], NumberStyles.Integer, CultureInfo.InvariantCulture, out int level) ? level : int.MaxValue;

    private static int Place(IConfigurationSection tier) =>
        Array.FindIndex(UsualOrder, kind => kind.Equals(tier.Key, StringComparison.OrdinalIgnoreCase));

    // Constant names, so that trimming sees them and keeps the types where their packages are referenced. The core itself knows no back end.
    private static IConfiguredTier? Find(string kind)
    {
        Type? type = kind.ToUpperInvariant() switch
        {
            "REDIS" => Type.GetType("HybridTiered.Redis.RedisConfiguredTier, HybridTiered.Redis", throwOnError: false),
            "DISK" => Type.GetType("HybridTiered.Disk.DiskConfiguredTier, HybridTiered.Disk", throwOnError: false),
            "MEMCACHED" => Type.GetType("HybridTiered.Memcached.MemcachedConfiguredTier, HybridTiered.Memcached", throwOnError: false),
            _ => null,
        };
        return type is null ? null : (IConfiguredTier?)Activator.CreateInstance(type);
    }
}
