using HybridTiered.Packages.Tests.Packing;
using HybridTiered.Tests.Shared;

namespace HybridTiered.Packages.Tests.PublicApi;

/// <summary>The public API is what PublicApi.txt beside each project says, so that a change of it shows in a review.</summary>
[TestFixture, Category("Unit")]
public sealed class PublicApiTests
{
    private static readonly bool Writes = Environment.GetEnvironmentVariable("HYBRIDTIERED_WRITE_DOCS") == "1";

    [TestCaseSource(typeof(PackedFolder), nameof(PackedFolder.Ids))]
    public async Task The_public_members_of_a_package_are_those_listed(string id)
    {
        string assembly = Path.Combine(AppContext.BaseDirectory, id + ".dll");
        string file = Path.Combine(RepositoryRoot.Path, "src", id, "PublicApi.txt");
        var platform = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;

        string api = ApiListing.Of(assembly, platform.Split(Path.PathSeparator).Append(assembly).Distinct());
        if (Writes)
            await File.WriteAllTextAsync(file, api);

        Assert.That(api, Has.Length.GreaterThan(500).And.Not.Contain("internal "));
        Assert.That(File.Exists(file) ? (await File.ReadAllTextAsync(file)).ReplaceLineEndings("\n") : "", Is.EqualTo(api),
            "The public API has changed; if it is meant to, run HYBRIDTIERED_WRITE_DOCS=1 dotnet test test/HybridTiered.Packages.Tests, and commit what it has written.");
    }
}
