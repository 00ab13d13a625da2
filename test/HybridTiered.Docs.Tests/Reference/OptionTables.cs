using System.Reflection;
using System.Text;

namespace HybridTiered.Docs.Tests.Reference;

/// <summary>Writes the tables of docs/configuration.md from the types of options and their documentation.</summary>
internal static class OptionTables
{
    public static string Write()
    {
        var docs = XmlDocs.Load();
        var page = new StringBuilder();
        foreach (OptionType options in OptionType.All)
        {
            page.Append($"\n### {options.Type.Name}\n\n{docs.SummaryOf(options.Type)}\n\n");
            if (options.Section is { } section)
                page.Append($"Section `{section}`; in code `{options.Where}`.");
            else
                page.Append($"In code: `{options.Where}`.");
            if (options.Type.BaseType is { } parent && parent != typeof(object))
                page.Append($" Besides its own, those of [{parent.Name}](#{parent.Name.ToLowerInvariant()}).");
            page.Append("\n\n| option | type | default | |\n|---|---|---|---|\n");
            foreach (PropertyInfo property in options.Properties)
            {
                string inCodeOnly = options.Section is not null && !OptionType.IsBindable(property) ? " In code only." : "";
                string value = options.DefaultOf(property);
                page.Append($"| `{property.Name}` | `{OptionType.TypeName(property)}` | {(value.Length == 0 ? "" : $"`{value}`")} | {Cell(docs.SummaryOf(property))}{inCodeOnly} |\n");
            }
        }
        return page.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
