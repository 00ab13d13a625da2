using System.Text.RegularExpressions;

namespace HybridTiered.Docs.Tests.Markdown;

/// <summary>Code that a page can show: what stands between <c>#region</c> and <c>#endregion</c> in a compiled file, or all of it.</summary>
/// <param name="Source">The file and, for a region, its name.</param>
/// <param name="Text">The code, moved to the left margin.</param>
internal sealed partial record SourceRegion(string Source, string Text)
{
    // Compiled by the build, each of them.
    private static readonly string[] Folders = ["docs/snippets", "docs/samples", "test/HybridTiered.CustomTier.Tests"];

    public static IReadOnlyList<SourceRegion> All { get; } = [.. Folders.SelectMany(folder => Repository.Sources(folder, "*.cs")).SelectMany(InFile)];

    /// <summary>Whether it exists only to be shown.</summary>
    public bool IsSnippet => Source.StartsWith("docs/snippets/", StringComparison.Ordinal) && Source.Contains('#', StringComparison.Ordinal);

    private static IEnumerable<SourceRegion> InFile(string path)
    {
        string relative = Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
        string text = Repository.Read(relative);
        yield return new SourceRegion(relative, text);
        foreach (Match match in Region.Matches(text))
            yield return new SourceRegion($"{relative}#{match.Groups["name"].Value}", MovedLeft(match.Groups["code"].Value));
    }

    private static string MovedLeft(string code)
    {
        string[] lines = code.Split('\n');
        int margin = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > margin ? line[margin..] : ""));
    }

    [GeneratedRegex("^ *#region (?<name>.+)\n(?<code>(.*\n)*?) *#endregion$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Region { get; }
}
