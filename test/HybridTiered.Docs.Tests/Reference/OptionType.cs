using System.Collections;
using System.Globalization;
using System.Reflection;
using HybridTiered.AspNetCore.Dashboard;
using HybridTiered.AspNetCore.Health;
using HybridTiered.AspNetCore.HttpCaching;
using HybridTiered.Configuration;
using HybridTiered.Disk;
using HybridTiered.Memcached;
using HybridTiered.Redis.Connections;
using HybridTiered.Redis.Flights;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Streams;
using HybridTiered.Redis.Tiers;

namespace HybridTiered.Docs.Tests.Reference;

/// <summary>A type of options, and where it is set.</summary>
/// <param name="Type">The type.</param>
/// <param name="Section">The configuration section it is bound to; <see langword="null"/> for code alone.</param>
/// <param name="Where">Where code sets it.</param>
internal sealed record OptionType(Type Type, string? Section, string Where)
{
    /// <summary>All of them, in the order of the page.</summary>
    public static IReadOnlyList<OptionType> All { get; } =
    [
        new(typeof(TieredCacheOptions), "HybridTiered", "Configure(options => ...)"),
        new(typeof(EntryPolicy), "HybridTiered:Policies:0", "options.Policies.Add(...)"),
        new(typeof(MemoryTierOptions), "HybridTiered:Memory", "AddMemory(options => ...)"),
        new(typeof(TierOptions), "HybridTiered:Tiers:<kind>", "any Add...(options => ...)"),
        new(typeof(RedisTierOptions), "HybridTiered:Tiers:redis", "AddRedis(..., options => ...)"),
        new(typeof(DiskTierOptions), "HybridTiered:Tiers:disk", "AddDisk(..., options => ...)"),
        new(typeof(MemcachedTierOptions), "HybridTiered:Tiers:memcached", "AddMemcached(..., options => ...)"),
        new(typeof(TieredEntryOptions), null, "the options of a call"),
        new(typeof(RedisConnectionOptions), null, "UseRedisConnection(options => ...)"),
        new(typeof(RedisBackplaneOptions), null, "UseRedisBackplane(options => ...)"),
        new(typeof(RedisLockOptions), null, "UseRedisClusterLock(options => ...)"),
        new(typeof(RedisEventStreamOptions), null, "new RedisEventStream(connection, options)"),
        new(typeof(HttpCachingOptions), null, "AddHttpCaching(options => ...)"),
        new(typeof(HybridTieredHealthOptions), null, "AddHealthChecks().AddHybridTiered(configure: options => ...)"),
        new(typeof(DashboardOptions), null, "AddHybridTieredDashboard(options => ...)"),
    ];

    /// <summary>Its own options, without those of the type it derives from.</summary>
    public IEnumerable<PropertyInfo> Properties =>
        Type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.CanWrite || IsList(property));

    /// <summary>Whether configuration can set an option.</summary>
    public static bool IsBindable(PropertyInfo property) => !typeof(Delegate).IsAssignableFrom(property.PropertyType);

    public static bool IsList(PropertyInfo property) => property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType);

    /// <summary>What an option is when nobody sets it.</summary>
    public string DefaultOf(PropertyInfo property) => property.GetValue(Activator.CreateInstance(Type)) switch
    {
        null => "",
        "" => "\"\"",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string text => text,
        IEnumerable => "[]",
        object other => other.ToString() ?? "",
    };

    /// <summary>The type of an option in the words of C#.</summary>
    public static string TypeName(PropertyInfo property)
    {
        Type type = property.PropertyType;
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Short(inner) + "?";
        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GenericTypeArguments.Select(Short))}>" : Short(type);
    }

    private static string Short(Type type) => type.Name switch
    {
        "Int32" => "int",
        "Int64" => "long",
        "Double" => "double",
        "Boolean" => "bool",
        "String" => "string",
        _ => type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GenericTypeArguments.Select(Short))}>" : type.Name,
    };
}
