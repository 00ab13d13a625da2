using HybridTiered.Packages.Tests.Packing;
using HybridTiered.Tests.Shared;

namespace HybridTiered.Packages.Tests;

/// <summary>
/// The sample for Native AOT, published trimmed: whatever the linker cannot prove to be kept is a warning, warnings are errors, and what is left runs. Slow: it links the
/// framework, the Redis client and every package but that for ASP.NET Core.
/// </summary>
/// <remarks>Compiled to native code it is run where the feed has the packages for that and the machine clang: see docs/performance.md.</remarks>
[TestFixture, Category("Slow")]
public sealed class TrimmingTests
{
    private string _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("hybridtiered-trimmed-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_trimmed_program_is_linked_without_a_warning_and_runs()
    {
        string output = Path.Combine(_folder, "out");
        await DotNet.RunAsync(RepositoryRoot.Path, "publish", "docs/samples/NativeAot", "-c", "Release", "--use-current-runtime", "--self-contained",
            "--artifacts-path", Path.Combine(_folder, "build"), "-p:UseArtifactsOutput=true", "-o", output, "-p:PublishTrimmed=true", "-p:TrimmerSingleWarn=false", "-warnaserror");

        string said = await DotNet.ProgramAsync(Path.Combine(output, "NativeAot"), _folder, Path.Combine(_folder, "data"));

        Assert.That(said.ReplaceLineEndings("\n"), Is.EqualTo("run 1: Blue kettle from source\nrun 2: Blue kettle from L2\n"));
    }
}
