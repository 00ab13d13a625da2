using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Serialization;

/// <summary>
/// Decides which serializer serves a type, once per type and cache: the <see cref="IHybridCacheSerializer{T}"/> registered last; else the
/// built-in ones for <see cref="string"/> and <see cref="byte"/> arrays; else the first that an
/// <see cref="IHybridCacheSerializerFactory"/> makes, the one registered last being asked first; else JSON. Factories are not asked for
/// strings and byte arrays, because Microsoft's cache does not ask them either: it registers its own serializers of these two types.
/// </summary>
/// <remarks>Nothing is resolved before it is needed, so that a cache can be constructed while the container is still at work.</remarks>
internal sealed class SerializerRegistry(IServiceProvider services)
{
    private readonly ConcurrentDictionary<Type, object> _resolved = new();
    private readonly JsonFallback _json = new(services);
    private readonly Lazy<IHybridCacheSerializerFactory[]> _factories = new(() => FactoriesLastFirst(services));

    /// <summary>The serializer of a type.</summary>
    /// <exception cref="InvalidOperationException">Nothing serves the type; the message says what to do.</exception>
    public ResolvedSerializer<T> Get<T>() =>
        (ResolvedSerializer<T>)(_resolved.TryGetValue(typeof(T), out object? known)
            ? known
            : _resolved.GetOrAdd(typeof(T), static (_, registry) => new ResolvedSerializer<T>(registry.Resolve<T>()), this));

    private static IHybridCacheSerializerFactory[] FactoriesLastFirst(IServiceProvider services)
    {
        object? factories = services.GetService(typeof(IEnumerable<IHybridCacheSerializerFactory>));
        return factories is IEnumerable<IHybridCacheSerializerFactory> inOrder ? [.. inOrder.Reverse()] : [];
    }

    private IHybridCacheSerializer<T> Resolve<T>()
    {
        if (services.GetService(typeof(IHybridCacheSerializer<T>)) is IHybridCacheSerializer<T> registered)
            return registered;
        object? builtIn =
            typeof(T) == typeof(string) ? new StringSerializer()
            : typeof(T) == typeof(byte[]) ? new ByteArraySerializer()
            : null;
        if (builtIn is not null)
            return (IHybridCacheSerializer<T>)builtIn;
        foreach (IHybridCacheSerializerFactory factory in _factories.Value)
        {
            if (factory.TryCreateSerializer(out IHybridCacheSerializer<T>? made))
                return made;
        }
        return _json.Create<T>();
    }
}
