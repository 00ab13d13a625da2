using System.Security;
using System.Text.RegularExpressions;
using HybridTiered.Packages.Tests.Packing;
using HybridTiered.Tests.Shared;

namespace HybridTiered.Packages.Tests;

/// <summary>A program in an empty folder that knows the packed files alone is restored, built without a warning, and runs.</summary>
/// <remarks>
/// What StackExchange.Redis depends on is not on every feed. Unless this build uses the genuine packages (<c>-p:UseStandIns=false</c>), the consumer gets the two stand-ins
/// under eng/standins from a source of their own; the packages that are tested know nothing of them, and its users get the genuine ones.
/// </remarks>
[TestFixture, Category("Pack")]
public sealed partial class ConsumerTests
{
    private static readonly string[] StandIns = ["Pipelines.Sockets.Unofficial", "System.IO.Hashing"];

    private string _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("hybridtiered-consumer-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_program_that_knows_only_the_packages_builds_and_runs()
    {
        string packages = await PackedFolder.PathAsync();
        string version = (await PackedFolder.OpenAsync("HybridTiered"))["version"]!;
        string project = Path.Combine(_folder, "project");
        Directory.CreateDirectory(project);
        foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Consumer")))
            File.Copy(file, Path.Combine(project, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(project, "nuget.config"), await ConfigurationAsync(packages));
        // A cache of its own, so that no package of an earlier run is taken for the one just packed.
        var environment = new Dictionary<string, string> { ["NUGET_PACKAGES"] = Path.Combine(_folder, "cache"), ["HybridTieredVersion"] = version };

        await DotNet.RunAsync(project, environment, "build", "-c", "Release", "-o", Path.Combine(_folder, "out"), "-warnaserror");
        string output = await DotNet.RunAsync(_folder, Path.Combine(_folder, "out", "Consumer.dll"), Path.Combine(_folder, "data"));

        Assert.That(output.ReplaceLineEndings("\n"), Is.EqualTo("""
            run 1: hello from source, then hello; pages in HybridTiered.AspNetCore.OutputCaching
            run 2: hello from L2, then hello; pages in HybridTiered.AspNetCore.OutputCaching
            remote: True

            """));
    }

    // Ours from the packed files alone, though a feed may have the same version already; everything else from the feeds of the machine.
    private async Task<string> ConfigurationAsync(string packages)
    {
        var sources = new Dictionary<string, (string Path, string[] Patterns)> { ["packed"] = (packages, ["HybridTiered", "HybridTiered.*"]) };
        if (PackedFolder.UsesStandIns)
            sources["stand-ins"] = (await PackStandInsAsync(), StandIns);
        IEnumerable<string> feeds = EnabledSource.Matches(await DotNet.RunAsync(_folder, "nuget", "list", "source")).Select(match => match.Groups["name"].Value);

        return $"""
            <configuration>
              <packageSources>
                {string.Join("\n    ", sources.Select(source => $"<add key=\"{source.Key}\" value=\"{SecurityElement.Escape(source.Value.Path)}\" />"))}
              </packageSources>
              <packageSourceMapping>
                {string.Join("\n    ", sources.Select(source => Mapping(source.Key, source.Value.Patterns)).Concat(feeds.Select(feed => Mapping(feed, "*"))))}
              </packageSourceMapping>
            </configuration>
            """;
    }

    private async Task<string> PackStandInsAsync()
    {
        string folder = Path.Combine(_folder, "standins");
        foreach (string standIn in StandIns)
            await DotNet.RunAsync(RepositoryRoot.Path, "pack", "eng/standins/" + standIn, "--no-build", "-c", PackedFolder.Configuration, "-o", folder, "-p:IsPackable=true");
        return folder;
    }

    private static string Mapping(string source, params string[] patterns) =>
        $"<packageSource key=\"{SecurityElement.Escape(source)}\">{string.Concat(patterns.Select(pattern => $"<package pattern=\"{pattern}\" />"))}</packageSource>";

    [GeneratedRegex(@"^\s*\d+\.\s+(?<name>.+) \[Enabled\]", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex EnabledSource { get; }
}
