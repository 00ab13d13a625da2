using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace HybridTiered.Serialization;

/// <summary>
/// Finds types that the default JSON options would lose data of, because they or types inside them have fields and no properties: tuples,
/// above all. It asks the JSON metadata, not reflection. The rule is that of Microsoft's cache, so that both write the same JSON. Not to
/// be used unless <see cref="ReflectionJson.IsEnabled"/>.
/// </summary>
internal static class JsonFields
{
    /// <summary>The default options, fields included.</summary>
    public static JsonSerializerOptions Included { get; } = new(ReflectionJson.Default) { IncludeFields = true };

    /// <summary>Whether values of a type need <see cref="Included"/>.</summary>
    /// <exception cref="InvalidOperationException">JSON cannot describe the type or one inside it, whatever the options.</exception>
    public static bool AreNeededBy(Type type) => AreNeededBy(type, []);

    private static bool AreNeededBy(Type type, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (!seen.Add(type))
            return false;
        JsonTypeInfo info = ReflectionJson.Default.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object when info.Properties.Count == 0 => Included.GetTypeInfo(type).Properties.Count > 0,
            JsonTypeInfoKind.Object => info.Properties.Any(property => AreNeededBy(property.PropertyType, seen)),
            JsonTypeInfoKind.Enumerable => AreNeededBy(info.ElementType!, seen),
            JsonTypeInfoKind.Dictionary => AreNeededBy(info.KeyType!, seen) || AreNeededBy(info.ElementType!, seen),
            _ => false,
        };
    }
}
