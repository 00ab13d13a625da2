namespace HybridTiered.Docs.Tests.Markdown;

/// <summary>What stands between two fences.</summary>
/// <param name="Page">The page, relative to the repository.</param>
/// <param name="Line">The line of the first fence, from 1.</param>
/// <param name="Language">What the fence says.</param>
/// <param name="Text">The lines, each with its line feed.</param>
internal sealed record CodeBlock(string Page, int Line, string Language, string Text)
{
    public override string ToString() => $"{Page}:{Line}";
}
