using HybridTiered.Tests.Shared;

namespace HybridTiered.Docs.Tests.Markdown;

/// <summary>The files that the tests compare with each other.</summary>
internal static class Repository
{
    public static string Root { get; } = RepositoryRoot.Path;

    /// <summary>README.md, the other pages beside it, everything under docs, and what the packages show.</summary>
    public static IReadOnlyList<MarkdownPage> Pages { get; } =
    [
        .. Directory.GetFiles(Root, "*.md").Concat(Directory.GetFiles(PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.GetDirectories(PathOf("src")).SelectMany(folder => Directory.GetFiles(folder, "README.md")))
            .Where(IsSource).Order(StringComparer.Ordinal).Select(path => new MarkdownPage(Path.GetRelativePath(Root, path).Replace('\\', '/'))),
    ];

    public static string PathOf(string path) => Path.Combine(Root, path);

    public static string Read(string path) => File.ReadAllText(PathOf(path)).ReplaceLineEndings("\n");

    public static bool Exists(string path) => File.Exists(PathOf(path)) || Directory.Exists(PathOf(path));

    /// <summary>The files below a folder that are written by people.</summary>
    public static IEnumerable<string> Sources(string folder, string pattern) =>
        Directory.GetFiles(PathOf(folder), pattern, SearchOption.AllDirectories).Where(IsSource).Order(StringComparer.Ordinal);

    private static bool IsSource(string path) => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");
}
