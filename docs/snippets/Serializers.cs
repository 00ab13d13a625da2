using System.Buffers;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Snippets.Serializers;

#region immutable
[ImmutableObject(true)]
public sealed record Country(string Code, string Name);
#endregion

#region one-type
public sealed class CountrySerializer : IHybridCacheSerializer<Country>
{
    public Country Deserialize(ReadOnlySequence<byte> source)
    {
        string[] parts = Encoding.UTF8.GetString(source).Split('\n');
        return new Country(parts[0], parts[1]);
    }

    public void Serialize(Country value, IBufferWriter<byte> target) =>
        Encoding.UTF8.GetBytes($"{value.Code}\n{value.Name}", target);
}
#endregion

#region every-type
public sealed class BinarySerializerFactory : IHybridCacheSerializerFactory
{
    public bool TryCreateSerializer<T>([NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
    {
        serializer = typeof(T).IsDefined(typeof(BinaryAttribute), inherit: false) ? new BinarySerializer<T>() : null;
        return serializer is not null;
    }
}
#endregion

#region json-context
[JsonSerializable(typeof(Product))]
[JsonSerializable(typeof(Country))]
public sealed partial class ShopJson : JsonSerializerContext;
#endregion

[AttributeUsage(AttributeTargets.Class)]
public sealed class BinaryAttribute : Attribute;

public sealed class BinarySerializer<T> : IHybridCacheSerializer<T>
{
    public T Deserialize(ReadOnlySequence<byte> source) => throw new NotSupportedException();

    public void Serialize(T value, IBufferWriter<byte> target) => throw new NotSupportedException();
}

public static class Registration
{
    public static void Register(WebApplicationBuilder builder)
    {
        #region register
        builder.Services.AddSingleton<IHybridCacheSerializer<Country>, CountrySerializer>();
        builder.Services.AddSingleton<IHybridCacheSerializerFactory, BinarySerializerFactory>();
        #endregion
    }

    public static void RegisterJson(WebApplicationBuilder builder)
    {
        #region json-options
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { TypeInfoResolver = ShopJson.Default };
        builder.Services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), options);          // every type without a serializer
        builder.Services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<Product>), options);   // or one type
        #endregion
    }

    public static void RegisterCompression(WebApplicationBuilder builder)
    {
        #region compression
        builder.Services.AddHybridTiered(cache => cache
            .AddRedis("localhost:6379")
            .Configure(options => options.CompressAbove = 4 * 1024));
        #endregion
    }
}
