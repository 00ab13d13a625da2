using System.Text.Json;
using System.Text.Json.Serialization;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>Writes spans as numbers of seconds, which a page can reckon with.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TimeSpan.FromSeconds(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);
}
