using HybridTiered.Docs.Tests.Markdown;

namespace HybridTiered.Docs.Tests.Reference;

/// <summary>A file, or a part of one, that is made from the code. With <c>HYBRIDTIERED_WRITE_DOCS=1</c> the tests write it instead of comparing it.</summary>
internal static class GeneratedFile
{
    public const string Cure = "The code has changed; run HYBRIDTIERED_WRITE_DOCS=1 dotnet test test/HybridTiered.Docs.Tests, and commit what it has written.";

    private static readonly bool Writes = Environment.GetEnvironmentVariable("HYBRIDTIERED_WRITE_DOCS") == "1";

    /// <summary>What stands in the file.</summary>
    public static string Read(string path, string generated)
    {
        if (Writes)
            File.WriteAllText(Repository.PathOf(path), generated);
        return File.Exists(Repository.PathOf(path)) ? Repository.Read(path) : "";
    }

    /// <summary>What stands in the file between two marks.</summary>
    public static string ReadPart(string path, string begin, string end, string generated)
    {
        string page = Repository.Read(path);
        int from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        int to = page.IndexOf(end, from, StringComparison.Ordinal);
        if (!Writes)
            return page[from..to];
        File.WriteAllText(Repository.PathOf(path), page[..from] + generated + page[to..]);
        return generated;
    }
}
