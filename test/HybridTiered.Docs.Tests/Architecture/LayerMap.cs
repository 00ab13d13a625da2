using System.Text.RegularExpressions;
using HybridTiered.Docs.Tests.Markdown;

namespace HybridTiered.Docs.Tests.Architecture;

/// <summary>
/// The arrows of a page's Mermaid diagrams: <c>A --> B</c> lets A use B and whatever B may use, <c>A -.-> B</c> lets A use B alone.
/// </summary>
internal sealed partial class LayerMap
{
    private readonly Dictionary<string, string> _labels = [];
    private readonly Dictionary<string, HashSet<string>> _all = [];
    private readonly Dictionary<string, HashSet<string>> _alone = [];

    /// <param name="diagrams">The diagrams, which count as one.</param>
    public LayerMap(IEnumerable<string> diagrams)
    {
        foreach (string line in diagrams.SelectMany(diagram => diagram.Split('\n')))
        {
            foreach (Match node in Labelled.Matches(line))
                _labels[node.Groups["node"].Value] = node.Groups["label"].Value;
            if (Arrow.Match(Labelled.Replace(line, match => match.Groups["node"].Value)) is not { Success: true } arrow)
                continue;
            foreach (string from in Names(arrow.Groups["from"]))
            {
                foreach (string to in Names(arrow.Groups["to"]))
                {
                    Nodes.UnionWith([from, to]);
                    Dictionary<string, HashSet<string>> arrows = arrow.Groups["line"].Value == "-->" ? _all : _alone;
                    if (!arrows.TryGetValue(from, out HashSet<string>? targets))
                        arrows[from] = targets = [];
                    targets.Add(to);
                }
            }
        }
    }

    /// <summary>The map of docs/architecture.md.</summary>
    public static LayerMap OfThePage { get; } = new(InSection(Repository.Read("docs/architecture.md"), "## The map"));

    public HashSet<string> Nodes { get; } = [];

    /// <summary>What a node shows in place of its name.</summary>
    public string LabelOf(string node) => _labels.GetValueOrDefault(node, node);

    public bool Allows(string from, string to) => from == to || Alone(from).Contains(to) || Below(from).Contains(to);

    /// <summary>Those nodes that can be reached from themselves along arrows that stand for everything below.</summary>
    public IEnumerable<string> Circles => Nodes.Where(node => Below(node).Contains(node));

    private HashSet<string> Alone(string node) => _alone.GetValueOrDefault(node, []);

    private HashSet<string> Below(string node)
    {
        HashSet<string> found = [];
        var open = new Stack<string>(_all.GetValueOrDefault(node, []));
        while (open.TryPop(out string? next))
        {
            if (found.Add(next))
                Array.ForEach([.. _all.GetValueOrDefault(next, [])], open.Push);
        }
        return found;
    }

    private static string[] Names(Group group) => group.Value.Split('&', StringSplitOptions.TrimEntries);

    private static IEnumerable<string> InSection(string page, string heading)
    {
        string section = page[page.IndexOf(heading, StringComparison.Ordinal)..];
        int end = section.IndexOf("\n## ", StringComparison.Ordinal);
        return Diagram.Matches(section[..end]).Select(match => match.Groups["diagram"].Value);
    }

    [GeneratedRegex(@"(?<node>[\w.]+)\[""(?<label>[^""]*)""\]", RegexOptions.ExplicitCapture)]
    private static partial Regex Labelled { get; }

    [GeneratedRegex(@"^ +(?<from>[\w. &]+?) (?<line>-->|-\.->) (?<to>[\w. &]+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Arrow { get; }

    [GeneratedRegex("```mermaid\n(?<diagram>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Diagram { get; }
}
