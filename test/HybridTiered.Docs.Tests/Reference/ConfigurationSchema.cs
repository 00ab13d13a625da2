using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HybridTiered.Configuration;
using HybridTiered.Disk;
using HybridTiered.Memcached;
using HybridTiered.Redis.Tiers;

namespace HybridTiered.Docs.Tests.Reference;

/// <summary>Writes the JSON schema of the section <c>HybridTiered</c>, by which editors complete and check appsettings.json.</summary>
internal static class ConfigurationSchema
{
    private const string TimePattern = @"^(\d+|(\d+\.)?\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,7})?)?)$";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write() => Make().ToJsonString(Indented) + "\n";

    public static JsonObject Make()
    {
        var docs = XmlDocs.Load();
        JsonObject cache = Object(docs, typeof(TieredCacheOptions));
        var parts = (JsonObject)cache["properties"]!;
        parts["Policies"] = new JsonObject { ["description"] = parts["Policies"]!["description"]!.DeepClone(), ["type"] = "array", ["items"] = Reference("policy") };
        parts["Memory"] = Reference("memory");
        parts["Tiers"] = new JsonObject
        {
            ["description"] = "Options of the tiers below L1, by kind.",
            ["type"] = "object",
            ["properties"] = new JsonObject { ["redis"] = Reference("redis"), ["disk"] = Reference("disk"), ["memcached"] = Reference("memcached"), ["distributed"] = Reference("tier") },
            ["additionalProperties"] = Reference("tier"),
        };
        JsonObject named = cache.DeepClone().AsObject();
        parts["Caches"] = new JsonObject
        {
            ["description"] = "Options of named caches, by name.",
            ["type"] = "object",
            ["additionalProperties"] = Reference("namedCache"),
        };
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "appsettings.json of an application with HybridTiered",
            ["type"] = "object",
            // An editor takes one schema for a file; this way it goes on completing everything else.
            ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = "https://json.schemastore.org/appsettings.json" }),
            ["properties"] = new JsonObject { [Microsoft.Extensions.DependencyInjection.HybridTieredServiceCollectionExtensions.ConfigurationSection] = Reference("cache") },
            ["definitions"] = new JsonObject
            {
                ["cache"] = cache,
                ["namedCache"] = named,
                ["policy"] = Object(docs, typeof(EntryPolicy)),
                ["memory"] = Object(docs, typeof(MemoryTierOptions)),
                ["tier"] = Object(docs, typeof(TierOptions)),
                ["redis"] = Object(docs, typeof(RedisTierOptions)),
                ["disk"] = Object(docs, typeof(DiskTierOptions)),
                ["memcached"] = Object(docs, typeof(MemcachedTierOptions)),
            },
        };
    }

    private static JsonObject Object(XmlDocs docs, Type type)
    {
        var properties = new JsonObject();
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => (property.CanWrite || OptionType.IsList(property)) && OptionType.IsBindable(property)))
        {
            JsonObject schema = TypeOf(property.PropertyType);
            schema.Insert(0, "description", docs.SummaryOf(property).Replace("`", "", StringComparison.Ordinal));
            properties[property.Name] = schema;
        }
        return new JsonObject
        {
            ["description"] = docs.SummaryOf(type).Replace("`", "", StringComparison.Ordinal),
            ["type"] = "object",
            ["properties"] = properties,
            ["additionalProperties"] = false,
        };
    }

    private static JsonObject TypeOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(TimeSpan))
            return new JsonObject { ["type"] = "string", ["pattern"] = TimePattern };
        if (type == typeof(bool))
            return new JsonObject { ["type"] = "boolean" };
        if (type == typeof(int) || type == typeof(long))
            return new JsonObject { ["type"] = "integer" };
        if (type == typeof(double))
            return new JsonObject { ["type"] = "number" };
        // Flags are written one after the other, with commas.
        if (type.IsEnum && !type.IsDefined(typeof(FlagsAttribute)))
            return new JsonObject { ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => JsonValue.Create(name))]) };
        return type.IsGenericType
            ? new JsonObject { ["type"] = "array", ["items"] = TypeOf(type.GenericTypeArguments[0]) }
            : new JsonObject { ["type"] = "string" };
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = "#/definitions/" + name };
}
