using System.Text.RegularExpressions;
using HybridTiered.Docs.Tests.Markdown;

namespace HybridTiered.Docs.Tests.Architecture;

/// <summary>What a maintainer expects of a file: where it is, what it is called, how long it is.</summary>
[TestFixture, Category("Unit")]
public sealed partial class SourceFileTests
{
    private const int MaximumLines = 400;

    private static readonly string[] Folders = ["src", "test", "perf", "docs", "eng"];

    [Test]
    public void A_folder_of_the_packages_is_a_namespace() =>
        Assert.That(
            from path in Repository.Sources("src", "*.cs")
            let folder = Path.GetDirectoryName(Path.GetRelativePath(Repository.PathOf("src"), path))!.Replace(Path.DirectorySeparatorChar, '.')
            let space = Namespace.Match(File.ReadAllText(path)).Groups["name"].Value
            // Methods that register or map something stand where callers look for them.
            where space != folder && !(path.EndsWith("Extensions.cs", StringComparison.Ordinal) && space.StartsWith("Microsoft.", StringComparison.Ordinal))
            select $"{Path.GetRelativePath(Repository.Root, path)} is in namespace {space}", Is.Empty);

    [Test]
    public void A_file_of_the_packages_has_the_name_of_its_one_type() =>
        Assert.That(
            from path in Repository.Sources("src", "*.cs")
            let types = OuterType.Matches(File.ReadAllText(path)).Select(match => match.Groups["name"].Value).ToArray()
            // A part of a type has a second name behind a dot, a type with parameters has them in braces.
            where types is not [var type] || type != Path.GetFileName(path).Split('.', '{')[0]
            select $"{Path.GetRelativePath(Repository.Root, path)} has {string.Join(", ", types)}", Is.Empty);

    [Test]
    public void No_file_is_longer_than_what_one_idea_takes() =>
        Assert.That(
            from path in Folders.SelectMany(folder => Repository.Sources(folder, "*.cs"))
            let lines = File.ReadLines(path).Count()
            where lines > MaximumLines
            select $"{Path.GetRelativePath(Repository.Root, path)}: {lines} lines", Is.Empty);

    [GeneratedRegex(@"^(?:[a-z]+ )+(?:class|struct|interface|enum|record(?: struct| class)?|delegate [\w<>?,]+) (?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex OuterType { get; }

    [GeneratedRegex("^namespace (?<name>[^;]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Namespace { get; }
}
