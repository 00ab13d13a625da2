using HybridTiered.Tests.Shared;

namespace HybridTiered.Samples.Tests;

/// <summary>Samples are short, and all of them are listed.</summary>
[TestFixture, Category("Unit")]
public sealed class SampleFilesTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "docs", "samples");

    [Test]
    public void No_file_of_a_sample_has_150_lines_or_more() =>
        Assert.That(Directory.GetFiles(Folder, "*.cs", SearchOption.AllDirectories).Where(path => File.ReadLines(path).Count() >= 150 && !IsBuilt(path)), Is.Empty);

    [Test]
    public void Every_sample_stands_in_the_list()
    {
        string list = File.ReadAllText(Path.Combine(Folder, "README.md"));

        Assert.That(Tour.Samples.All.Keys.Select(name => $"`{name}`").Concat(Directory.GetDirectories(Folder).Select(folder => $"]({Path.GetFileName(folder)}")),
            Has.All.Matches<string>(part => list.Contains(part!, StringComparison.Ordinal)));
    }

    [Test]
    public void Every_sample_of_the_tour_is_run_by_a_test()
    {
        string tests = string.Concat(Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "test", "HybridTiered.Samples.Tests"), "Tour*.cs").Select(File.ReadAllText));

        Assert.That(Tour.Samples.All.Keys, Has.All.Matches<string>(name => tests.Contains($"Run.SampleAsync(\"{name}\"", StringComparison.Ordinal)));
    }

    private static bool IsBuilt(string path) => path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");
}
