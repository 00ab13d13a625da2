using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Serialization;

/// <summary>
/// The JSON serializer for types that nothing else serves. Its options are the <see cref="JsonSerializerOptions"/> registered in the
/// container under the key <c>typeof(IHybridCacheSerializer&lt;T&gt;)</c> of the closed type, else under that of the open type, else the
/// default ones.
/// </summary>
internal sealed class JsonFallback(IServiceProvider services)
{
    /// <exception cref="InvalidOperationException">The options cannot serve the type; the message says what to do.</exception>
    public IHybridCacheSerializer<T> Create<T>()
    {
        JsonSerializerOptions options = Registered(typeof(IHybridCacheSerializer<T>))
            ?? Registered(typeof(IHybridCacheSerializer<>))
            ?? Default(typeof(T));
        if (options.TypeInfoResolver is null)
        {
            if (!ReflectionJson.IsEnabled)
                throw Unserved(typeof(T), "its JSON options have no TypeInfoResolver, and JSON by reflection is switched off");
            ReflectionJson.AddTo(options);
        }
        try
        {
            return new JsonPayloadSerializer<T>((JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
        }
        catch (NotSupportedException e)
        {
            throw Unserved(typeof(T), "its JSON options have no metadata for it", e);
        }
    }

    private static JsonSerializerOptions Default(Type type)
    {
        if (!ReflectionJson.IsEnabled)
            throw Unserved(type, "JSON by reflection is switched off");
        return JsonFields.AreNeededBy(type) ? JsonFields.Included : ReflectionJson.Default;
    }

    private static InvalidOperationException Unserved(Type type, string reason, Exception? cause = null) => new(
        $"No serializer for cached values of type '{type}': {reason}. Register an IHybridCacheSerializer<T> for the type, or an "
        + "IHybridCacheSerializerFactory; or, as a singleton keyed by typeof(IHybridCacheSerializer<>), JsonSerializerOptions whose "
        + "TypeInfoResolver is a JsonSerializerContext with [JsonSerializable] for the type.",
        cause);

    private JsonSerializerOptions? Registered(Type key) =>
        (services as IKeyedServiceProvider)?.GetKeyedService(typeof(JsonSerializerOptions), key) as JsonSerializerOptions;
}
