using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using HybridTiered.Entries;
using HybridTiered.Serialization;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Tests.Serialization;

[TestFixture, Category("Unit")]
public sealed class SerializerRegistryTests
{
    [Test]
    public void The_serializer_registered_last_wins()
    {
        var last = new Marked<Item>();
        SerializerRegistry registry = Registry(services => services
            .AddSingleton<IHybridCacheSerializer<Item>>(new Marked<Item>())
            .AddSingleton<IHybridCacheSerializer<Item>>(last)
            .AddSingleton<IHybridCacheSerializerFactory>(new Factory()));

        Assert.That(registry.Get<Item>().Serializer, Is.SameAs(last));
    }

    [Test]
    public void The_factory_registered_last_is_asked_first_and_the_others_where_it_declines()
    {
        var first = new Factory();
        var last = new Factory(typeof(Item));
        SerializerRegistry registry = Registry(services => services
            .AddSingleton<IHybridCacheSerializerFactory>(first)
            .AddSingleton<IHybridCacheSerializerFactory>(last));

        Assert.That(((Marked<Item>)registry.Get<Item>().Serializer).Maker, Is.SameAs(last));
        Assert.That(((Marked<Other>)registry.Get<Other>().Serializer).Maker, Is.SameAs(first));
    }

    [Test]
    public void Strings_and_byte_arrays_are_built_in_whatever_factories_there_are()
    {
        SerializerRegistry registry = Registry(services => services.AddSingleton<IHybridCacheSerializerFactory>(new Factory()));

        Assert.That(registry.Get<string>().Serializer, Is.TypeOf<StringSerializer>());
        Assert.That(registry.Get<byte[]>().Serializer, Is.TypeOf<ByteArraySerializer>());
    }

    [Test]
    public void A_registered_serializer_replaces_a_built_in_one()
    {
        var own = new Marked<string>();
        SerializerRegistry registry = Registry(services => services.AddSingleton<IHybridCacheSerializer<string>>(own));

        Assert.That(registry.Get<string>().Serializer, Is.SameAs(own));
    }

    [Test]
    public void Json_serves_what_no_factory_takes()
    {
        SerializerRegistry registry = Registry(services => services.AddSingleton<IHybridCacheSerializerFactory>(new Factory(typeof(Item))));

        Assert.That(registry.Get<Other>().Serializer, Is.TypeOf<JsonPayloadSerializer<Other>>());
    }

    [Test]
    public void A_type_is_decided_once_per_cache_and_not_before_it_is_needed()
    {
        int made = 0;
        using ServiceProvider services = new ServiceCollection()
            .AddTransient<IHybridCacheSerializerFactory>(_ =>
            {
                made++;
                return new Factory();
            })
            .BuildServiceProvider();

        var registry = new SerializerRegistry(services);
        Assert.That(made, Is.Zero);

        ResolvedSerializer<Item> item = registry.Get<Item>();
        registry.Get<Other>();
        Assert.That(registry.Get<Item>(), Is.SameAs(item));
        Assert.That(made, Is.EqualTo(1));
        Assert.That(new SerializerRegistry(services).Get<Item>(), Is.Not.SameAs(item));
    }

    [Test]
    public void A_container_without_keyed_services_or_collections_will_do()
    {
        var registry = new SerializerRegistry(new EmptyProvider());

        Assert.That(registry.Get<Item>().Serializer, Is.TypeOf<JsonPayloadSerializer<Item>>());
    }

    [Test]
    public void Nulls_of_strings_and_byte_arrays_have_no_bytes_of_their_own()
    {
        SerializerRegistry registry = Registry(services => services.AddSingleton<IHybridCacheSerializer<string>>(new Marked<string>()));

        Assert.That(registry.Get<string>().CanRepresentNull, Is.False);
        Assert.That(registry.Get<byte[]>().CanRepresentNull, Is.False);
        Assert.That(registry.Get<Item?>().CanRepresentNull, Is.True);
        Assert.That(registry.Get<int?>().CanRepresentNull, Is.True);
    }

    [TestCase("")]
    [TestCase("é\U0001F600")]
    public void A_string_is_stored_as_utf8(string value)
    {
        IHybridCacheSerializer<string> serializer = Registry().Get<string>().Serializer;
        byte[] bytes = Bytes(serializer, value);

        Assert.That(bytes, Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(value)));
        Assert.That(serializer.Deserialize(new ReadOnlySequence<byte>(bytes)), Is.EqualTo(value));
    }

    [Test]
    public void A_byte_array_is_stored_as_it_is_and_every_reader_has_a_copy()
    {
        IHybridCacheSerializer<byte[]> serializer = Registry().Get<byte[]>().Serializer;
        byte[] stored = Bytes(serializer, [1, 2, 3]);

        byte[] read = serializer.Deserialize(new ReadOnlySequence<byte>(stored));
        stored[0] = 99;

        Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void A_null_without_bytes_of_its_own_is_refused()
    {
        Assert.That(() => Bytes(Registry().Get<string>().Serializer, null!), Throws.ArgumentNullException);
        Assert.That(() => Bytes(Registry().Get<byte[]>().Serializer, null!), Throws.ArgumentNullException);
    }

    [Test]
    public void A_value_is_expected_to_be_as_long_as_the_shorter_of_the_last_two()
    {
        ResolvedSerializer<string> serializer = Registry().Get<string>();
        List<int> expected = [serializer.ExpectedLength];
        foreach (int length in (int[])[1000, 1000, 5, 1000, 5, 1000, 1200])
        {
            serializer.Expect(length);
            expected.Add(serializer.ExpectedLength);
        }

        Assert.That(expected, Is.EqualTo(new[] { 0, 0, 1000, 5, 5, 5, 5, 1000 }));
    }

    private static SerializerRegistry Registry(Action<IServiceCollection>? configure = null)
    {
        var services = new ServiceCollection();
        configure?.Invoke(services);
        return new SerializerRegistry(services.BuildServiceProvider());
    }

    private static byte[] Bytes<T>(IHybridCacheSerializer<T> serializer, T value)
    {
        using var writer = new PooledBufferWriter();
        serializer.Serialize(value, writer);
        return writer.WrittenSpan.ToArray();
    }

    private sealed record Item(int Number);

    private sealed record Other(int Number);

    private sealed class Marked<T>(Factory? maker = null) : IHybridCacheSerializer<T>
    {
        public Factory? Maker { get; } = maker;

        public T Deserialize(ReadOnlySequence<byte> source) => throw new NotSupportedException();

        public void Serialize(T value, IBufferWriter<byte> target) => throw new NotSupportedException();
    }

    /// <summary>Serves one type, or all.</summary>
    private sealed class Factory(Type? only = null) : IHybridCacheSerializerFactory
    {
        public bool TryCreateSerializer<T>([NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
        {
            serializer = only is null || only == typeof(T) ? new Marked<T>(this) : null;
            return serializer is not null;
        }
    }

    private sealed class EmptyProvider : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
