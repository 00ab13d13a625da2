using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace HybridTiered.Serialization;

/// <summary>
/// Finds types that the default JSON options would lose data of, because they or types inside them have fields and no properties: tuples, above all.
/// It asks the JSON metadata, not reflection. The rule is that of Microsoft's cache, so that both write the same JSON. Not to be used
/// unless <see cref="ReflectionJson.IsEnabled"/>.
/// </summary>
internal static class JsonFields
{
    /// <summary>The default options, fields included.</summary>
    public static JsonSerializerOptions Included { get; } = new(ReflectionJson.Default) { IncludeFields = true };

    /// <summary>Whether values of a type need <see cref="Included"/>.</summary>
    public static bool AreNeededBy(Type type) => AreNeededBy(type, []);

    private static bool AreNeededBy(Type type, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (!seen.Add(type) || !TryGetMetadata(type, out JsonTypeInfo? info))
            return false;
        return info.Kind switch
        {
            JsonTypeInfoKind.Object when info.Properties.Count == 0 => Included.GetTypeInfo(type).Properties.Count > 0,
            JsonTypeInfoKind.Object => info.Properties.Any(property => AreNeededBy(property.PropertyType, seen)),
            JsonTypeInfoKind.Enumerable => AreNeededBy(info.ElementType!, seen),
            JsonTypeInfoKind.Dictionary => AreNeededBy(info.KeyType!, seen) || AreNeededBy(info.ElementType!, seen),
            _ => false,
        };
    }

    // A type deep inside that JSON cannot serve is no reason to refuse the outer one: its property may always be null. If it is not, the
    // serializer says so itself.
    private static bool TryGetMetadata(Type type, [NotNullWhen(true)] out JsonTypeInfo? info)
    {
        try
        {
            info = ReflectionJson.Default.GetTypeInfo(type);
            return true;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            info = null;
            return false;
        }
    }
}
