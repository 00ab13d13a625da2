using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Serialization;

/// <summary>
/// Stores a value as UTF-8 JSON. The options' settings for reading and writing text apply as if they had been given to
/// <see cref="JsonSerializer"/>.
/// </summary>
internal sealed class JsonPayloadSerializer<T> : IHybridCacheSerializer<T>
{
    private readonly JsonTypeInfo<T> _type;
    private readonly JsonReaderOptions _reading;
    private readonly JsonWriterOptions _writing;

    public JsonPayloadSerializer(JsonTypeInfo<T> type)
    {
        _type = type;
        JsonSerializerOptions options = type.Options;
        _reading = new JsonReaderOptions
        {
            AllowTrailingCommas = options.AllowTrailingCommas,
            CommentHandling = options.ReadCommentHandling,
            MaxDepth = options.MaxDepth,
        };
        _writing = new JsonWriterOptions
        {
            Encoder = options.Encoder,
            Indented = options.WriteIndented,
            IndentCharacter = options.IndentCharacter,
            IndentSize = options.IndentSize,
            NewLine = options.NewLine,
            MaxDepth = options.MaxDepth,
            SkipValidation = true, // A converter that writes malformed JSON would be found out on reading.
        };
    }

    /// <exception cref="JsonException">The bytes are not the JSON of a <typeparamref name="T"/> and nothing else.</exception>
    public T Deserialize(ReadOnlySequence<byte> source)
    {
        // The reader's overload looks for the end of the value before it reads it, so it is only for bytes that do not lie together.
        if (source.IsSingleSegment)
            return Deserialize(source.FirstSpan);
        var reader = new Utf8JsonReader(source, _reading);
        T value = JsonSerializer.Deserialize(ref reader, _type)!;
        reader.Read(); // Throws if anything but white space follows.
        return value;
    }

    /// <inheritdoc cref="Deserialize(ReadOnlySequence{byte})"/>
    public T Deserialize(ReadOnlySpan<byte> source) => JsonSerializer.Deserialize(source, _type)!;

    public void Serialize(T value, IBufferWriter<byte> target)
    {
        using var writer = new Utf8JsonWriter(target, _writing);
        JsonSerializer.Serialize(writer, value, _type);
    }
}
