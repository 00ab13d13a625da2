using System.Text;
using System.Text.RegularExpressions;

namespace HybridTiered.Docs.Tests.Markdown;

/// <summary>A page, taken apart as far as the tests need it.</summary>
internal sealed partial class MarkdownPage
{
    private const string Fence = "```";

    public MarkdownPage(string path)
    {
        Path = path;
        var blocks = new List<CodeBlock>();
        var prose = new List<(int Line, string Text)>();
        StringBuilder? block = null;
        (int Line, string Language) opened = (0, "");
        string[] lines = Repository.Read(path).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                if (block is null)
                    prose.Add((i + 1, lines[i]));
                else
                    block.Append(lines[i]).Append('\n');
            }
            else if (block is null)
            {
                block = new StringBuilder();
                opened = (i + 1, lines[i][Fence.Length..].Trim());
            }
            else
            {
                blocks.Add(new CodeBlock(path, opened.Line, opened.Language, block.ToString()));
                block = null;
            }
        }
        LineCount = lines.Length - 1;
        IsClosed = block is null;
        Blocks = blocks;
        Prose = prose;
    }

    /// <summary>The path, relative to the repository.</summary>
    public string Path { get; }

    public int LineCount { get; }

    /// <summary>Whether every fence that was opened is closed.</summary>
    public bool IsClosed { get; }

    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>The lines outside of fences.</summary>
    public IReadOnlyList<(int Line, string Text)> Prose { get; }

    public IEnumerable<Link> Links =>
        from line in Prose
        from Match match in LinkPattern.Matches(InlineCode.Replace(line.Text, "``"))
        select new Link(Path, line.Line, match.Groups["target"].Value);

    /// <summary>What stands between single backquotes.</summary>
    public IEnumerable<CodeBlock> InlineCodes =>
        from line in Prose
        from Match match in InlineCode.Matches(line.Text)
        select new CodeBlock(Path, line.Line, "", match.Groups["code"].Value);

    /// <summary>The anchors that its headings have on GitHub.</summary>
    public IEnumerable<string> Anchors =>
        from line in Prose
        where Heading.IsMatch(line.Text)
        select NotInAnchors.Replace(line.Text.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    public override string ToString() => Path;

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex LinkPattern { get; }

    [GeneratedRegex("`(?<code>[^`]+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex InlineCode { get; }

    [GeneratedRegex("^#{1,6} ")]
    private static partial Regex Heading { get; }

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors { get; }
}
