namespace HybridTiered.Docs.Tests.Markdown;

/// <summary>A link or a picture.</summary>
/// <param name="Page">The page, relative to the repository.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Target">Where it leads.</param>
internal sealed record Link(string Page, int Line, string Target)
{
    public override string ToString() => $"{Page}:{Line} -> {Target}";
}
