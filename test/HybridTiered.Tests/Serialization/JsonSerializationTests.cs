using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using HybridTiered.Entries;
using HybridTiered.Serialization;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Tests.Serialization;

[TestFixture, Category("Unit")]
public sealed partial class JsonSerializationTests
{
    private static readonly JsonSerializerOptions Camel = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseUpper };

    [Test]
    public void Without_options_the_default_ones_hold() =>
        Assert.That(Json(Serializer<Item>(), new Item("x", null)), Is.EqualTo("""{"Name":"x","Inner":null}"""));

    [Test]
    public void Options_of_the_closed_type_come_before_those_of_the_open_one()
    {
        Action<IServiceCollection> both = services => services
            .AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), Camel)
            .AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<Item>), Snake);

        Assert.That(Json(Serializer<Item>(both), new Item("x", null)), Is.EqualTo("""{"NAME":"x","INNER":null}"""));
        Assert.That(Json(Serializer<Other>(both), new Other("x")), Is.EqualTo("""{"name":"x"}"""));
    }

    [Test]
    public void Options_for_text_hold_in_both_directions()
    {
        var options = new JsonSerializerOptions
        {
            WriteIndented = true,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            AllowTrailingCommas = true,
            ReadCommentHandling = JsonCommentHandling.Skip,
            MaxDepth = 100,
        };
        IHybridCacheSerializer<Item> serializer = Serializer<Item>(ForEverything(options));
        Item deep = Enumerable.Range(0, 90).Aggregate(new Item("é", null), (inner, _) => new Item("é", inner));

        string json = Json(serializer, deep);

        Assert.That(json, Is.EqualTo(JsonSerializer.Serialize(deep, options)));
        Assert.That(Value(serializer, json), Is.EqualTo(deep));
        Assert.That(Value(serializer, """{"Name":"x", /* why */ }""").Name, Is.EqualTo("x"));
    }

    [Test]
    public void A_null_reads_back_as_null()
    {
        IHybridCacheSerializer<Item?> serializer = Serializer<Item?>();

        string json = Json(serializer, null);

        Assert.That(json, Is.EqualTo("null"));
        Assert.That(Value(serializer, json), Is.Null);
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("7")]
    [TestCase("""{"Name":"x"} {}""")]
    [TestCase("""{"Name":"x"}x""")]
    public void What_is_not_the_json_of_the_type_and_nothing_else_is_refused(string json) =>
        Assert.That(() => Value(Serializer<Item>(), json), Throws.InstanceOf<JsonException>());

    [Test]
    public void A_sequence_in_pieces_is_read_as_one()
    {
        var first = new Segment(Encoding.UTF8.GetBytes("""{"Na"""), null);
        var last = new Segment(Encoding.UTF8.GetBytes("""me":"x"} """), first);

        Item item = Serializer<Item>().Deserialize(new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length));

        Assert.That(item.Name, Is.EqualTo("x"));
    }

    [Test]
    public void Tuples_keep_their_content_wherever_they_are()
    {
        Assert.Multiple(() =>
        {
            AssertRoundTrip((1, "x"), """{"Item1":1,"Item2":"x"}""");
            AssertRoundTrip<(int, int)?>((1, 2), """{"Item1":1,"Item2":2}""");
            AssertRoundTrip(new List<(int, int)> { (1, 2) }, """[{"Item1":1,"Item2":2}]""");
            AssertRoundTrip(new Dictionary<string, (int, int)> { ["k"] = (1, 2) }, """{"k":{"Item1":1,"Item2":2}}""");
            AssertRoundTrip(new Nested("n", new Holder((1, 2))), """{"Name":"n","Holder":{"Pair":{"Item1":1,"Item2":2}}}""");
        });
    }

    [Test]
    public void Fields_beside_properties_stay_out_as_they_do_by_default() =>
        Assert.That(Json(Serializer<Mixed>(), new Mixed { Field = 1, Property = 2 }), Is.EqualTo("""{"Property":2}"""));

    [Test]
    public void Fields_stay_out_where_options_were_given() =>
        Assert.That(Json(Serializer<(int, int)>(ForEverything(Camel)), (1, 2)), Is.EqualTo("{}"));

    [Test]
    public void Types_that_contain_themselves_are_understood() =>
        AssertRoundTrip(new Item("x", new Item("y", null)), """{"Name":"x","Inner":{"Name":"y","Inner":null}}""");

    [Test]
    public void Parts_that_json_serves_only_while_they_are_null_are_no_fault() =>
        Assert.That(
            Json(Serializer<Awkward>(), new Awkward(null, null, null)),
            Is.EqualTo("""{"Type":null,"Action":null,"Matrix":null}"""));

    [Test]
    public void Types_that_json_cannot_describe_are_refused_when_the_serializer_is_asked_for() =>
        Assert.That(() => Serializer<Ambiguous>(), Throws.InvalidOperationException.With.Message.Contains(nameof(Ambiguous)));

    [Test]
    public void Generated_metadata_is_used_where_it_was_registered()
    {
        IHybridCacheSerializer<Other> serializer =
            Serializer<Other>(ForEverything(OtherMetadata.Default.Options));

        Assert.That(Json(serializer, new Other("x")), Is.EqualTo("""{"Name":"x"}"""));
    }

    [Test]
    public void A_type_without_metadata_is_named_together_with_the_cure()
    {
        Assert.That(
            () => Serializer<Item>(ForEverything(OtherMetadata.Default.Options)),
            Throws.InvalidOperationException
                .With.Message.Contains(typeof(Item).FullName)
                .And.Message.Contains(nameof(JsonSerializerContext)));
    }

    private static void AssertRoundTrip<T>(T value, string json)
    {
        IHybridCacheSerializer<T> serializer = Serializer<T>();

        Assert.That(Json(serializer, value), Is.EqualTo(json));
        Assert.That(Value(serializer, json), Is.EqualTo(value));
    }

    private static Action<IServiceCollection> ForEverything(JsonSerializerOptions options) =>
        services => services.AddKeyedSingleton<JsonSerializerOptions>(typeof(IHybridCacheSerializer<>), options);

    private static IHybridCacheSerializer<T> Serializer<T>(Action<IServiceCollection>? configure = null)
    {
        var services = new ServiceCollection();
        configure?.Invoke(services);
        return new SerializerRegistry(services.BuildServiceProvider()).Get<T>().Serializer;
    }

    private static string Json<T>(IHybridCacheSerializer<T> serializer, T value)
    {
        using var writer = new PooledBufferWriter();
        serializer.Serialize(value, writer);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }

    private static T Value<T>(IHybridCacheSerializer<T> serializer, string json) =>
        serializer.Deserialize(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json)));

    internal sealed record Item(string Name, Item? Inner);

    internal sealed record Other(string Name);

    internal sealed record Holder((int, int) Pair);

    internal sealed record Nested(string Name, Holder Holder);

    internal sealed record Awkward(Type? Type, Action? Action, int[,]? Matrix);

    internal sealed class Mixed
    {
        public int Field;

        public int Property { get; set; }
    }

    internal sealed class Ambiguous
    {
        [JsonPropertyName("a")]
        public int One { get; set; }

        [JsonPropertyName("a")]
        public int Two { get; set; }
    }

    [JsonSerializable(typeof(Other))]
    private sealed partial class OtherMetadata : JsonSerializerContext;

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? previous)
        {
            Memory = bytes;
            if (previous is null)
                return;
            RunningIndex = previous.RunningIndex + previous.Memory.Length;
            previous.Next = this;
        }
    }
}
