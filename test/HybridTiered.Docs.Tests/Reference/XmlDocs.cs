using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace HybridTiered.Docs.Tests.Reference;

/// <summary>The XML documentation of the packages, as the compiler wrote it.</summary>
internal sealed partial class XmlDocs
{
    private readonly Dictionary<string, XElement> _members;

    private XmlDocs(Dictionary<string, XElement> members) => _members = members;

    // The binding generator gives every package a type of the same name.
    public static XmlDocs Load() => new(Directory.GetFiles(AppContext.BaseDirectory, "HybridTiered*.xml")
        .SelectMany(path => XDocument.Load(path).Descendants("member"))
        .DistinctBy(member => member.Attribute("name")!.Value)
        .ToDictionary(member => member.Attribute("name")!.Value));

    public string SummaryOf(Type type) => Summary("T:" + type.FullName);

    public string SummaryOf(PropertyInfo property) => Summary($"P:{property.DeclaringType!.FullName}.{property.Name}");

    private string Summary(string id)
    {
        if (!_members.TryGetValue(id, out XElement? member))
            throw new InvalidOperationException($"{id} has no documentation.");
        if (member.Element("inheritdoc")?.Attribute("cref")?.Value is { } other)
            return Summary(other);
        return Blanks.Replace(Text(member.Element("summary")!), " ").Trim();
    }

    private static string Text(XElement element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
        {
            text.Append(node switch
            {
                XText plain => plain.Value,
                XElement { Name.LocalName: "see" or "paramref" } see => $"`{NameOf(see)}`",
                XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                XElement inner => Text(inner),
                _ => "",
            });
        }
        return text.ToString();
    }

    private static string NameOf(XElement see)
    {
        if (see.Attribute("langword")?.Value is { } word)
            return word;
        string name = (see.Attribute("cref") ?? see.Attribute("name"))!.Value;
        // Of a member, the type is said too where it is another's: T:A.B.C is C, P:A.B.C.D is C.D.
        string[] parts = name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('(')[0].Split('.');
        return name.StartsWith("T:", StringComparison.Ordinal) ? parts[^1].Split('`')[0] : $"{parts[^2]}.{parts[^1]}";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks { get; }
}
