using System.Reflection;
using System.Text.Json.Nodes;
using HybridTiered.Docs.Tests.Markdown;

namespace HybridTiered.Docs.Tests.Reference;

/// <summary>docs/configuration.md and the schema say what the types of options say.</summary>
[TestFixture, Category("Unit")]
public sealed class ConfigurationReferenceTests
{
    private const string Page = "docs/configuration.md";
    private const string Schema = "docs/hybridtiered.schema.json";

    private static IEnumerable<CodeBlock> Json => Repository.Pages.SelectMany(page => page.Blocks).Where(block => block.Language == "json");

    [Test]
    public void The_tables_are_those_that_the_code_gives()
    {
        string generated = OptionTables.Write();

        Assert.That(GeneratedFile.ReadPart(Page, "<!-- options: begin -->\n", "\n<!-- options: end -->", generated), Is.EqualTo(generated), GeneratedFile.Cure);
    }

    [Test]
    public void The_schema_is_the_one_that_the_code_gives()
    {
        string generated = ConfigurationSchema.Write();

        Assert.That(GeneratedFile.Read(Schema, generated), Is.EqualTo(generated), GeneratedFile.Cure);
    }

    [Test]
    public void Every_type_of_options_stands_on_the_page()
    {
        IEnumerable<Type> all = Directory.GetFiles(AppContext.BaseDirectory, "HybridTiered*.dll")
            .Where(path => Directory.Exists(Repository.PathOf("src/" + Path.GetFileNameWithoutExtension(path))))
            .SelectMany(path => Assembly.LoadFrom(path).GetExportedTypes())
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && type.IsClass);

        Assert.That(all, Is.SubsetOf(OptionType.All.Select(options => options.Type)));
    }

    [TestCaseSource(nameof(Json))]
    public void Settings_on_a_page_are_known_to_the_schema(object block)
    {
        JsonObject schema = ConfigurationSchema.Make();

        Assert.That(Unknown(JsonNode.Parse(((CodeBlock)block).Text)!, schema, schema, ""), Is.Empty);
    }

    [Test]
    public void A_setting_that_the_schema_does_not_know_is_found()
    {
        JsonObject schema = ConfigurationSchema.Make();
        var settings = JsonNode.Parse("""{ "HybridTiered": { "Memory": { "SizeLimits": 1 }, "Tiers": { "redis": { "TtlScale": 2, "Ttl": 1 } } } }""")!;

        Assert.That(Unknown(settings, schema, schema, ""), Is.EquivalentTo(new[] { "/HybridTiered/Memory/SizeLimits", "/HybridTiered/Tiers/redis/Ttl" }));
    }

    private static IEnumerable<string> Unknown(JsonNode? value, JsonNode schema, JsonObject root, string at)
    {
        if (schema["$ref"] is { } reference)
            schema = root["definitions"]![((string)reference!).Split('/')[^1]]!;
        if (value is JsonArray array)
            return array.SelectMany((item, index) => Unknown(item, schema["items"]!, root, $"{at}/{index}"));
        if (value is not JsonObject fields)
            return [];
        return fields.SelectMany(field =>
            schema["properties"]?[field.Key] is { } known ? Unknown(field.Value, known, root, $"{at}/{field.Key}")
            : schema["additionalProperties"] is JsonObject others ? Unknown(field.Value, others, root, $"{at}/{field.Key}")
            : schema["additionalProperties"] is null ? []
            : [$"{at}/{field.Key}"]);
    }
}
