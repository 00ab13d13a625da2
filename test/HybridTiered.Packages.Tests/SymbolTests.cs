using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using HybridTiered.Packages.Tests.Packing;
using HybridTiered.Tests.Shared;

namespace HybridTiered.Packages.Tests;

/// <summary>
/// A debugger finds the source of a released assembly, and building it again gives the same bytes. Built here in a copy of the core, as a release is: in a clone with a
/// remote, with <c>ContinuousIntegrationBuild</c>. On the way the copy is packed outside of git too, which must not warn.
/// </summary>
[TestFixture, Category("Pack")]
public sealed class SymbolTests
{
    private const string Remote = "https://github.com/example/hybridtiered";

    // Portable PDB specification: the kind of the record with the map from paths to addresses.
    private static readonly Guid SourceLinkKind = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    private string _copy = null!;
    private string _commit = null!;
    private PackageFile _outsideOfGit = null!;
    private PackageFile _package = null!;
    private PackageFile _symbols = null!;

    [OneTimeSetUp]
    public async Task PackACopy()
    {
        _copy = Directory.CreateTempSubdirectory("hybridtiered-release-").FullName;
        foreach (string pattern in new[] { "Directory.*", "global.json", "nuget.config", ".editorconfig", ".gitignore" })
        {
            foreach (string file in Directory.GetFiles(RepositoryRoot.Path, pattern))
                File.Copy(file, Path.Combine(_copy, Path.GetFileName(file)));
        }
        CopySources("eng");
        CopySources("src/HybridTiered");
        File.Copy(Path.Combine(RepositoryRoot.Path, "src/Directory.Build.props"), Path.Combine(_copy, "src/Directory.Build.props"));

        _outsideOfGit = await PackAsync("outside");
        await DotNet.GitAsync(_copy, "init", "--quiet");
        await DotNet.GitAsync(_copy, "remote", "add", "origin", Remote + ".git");
        await DotNet.GitAsync(_copy, "add", "--all");
        await DotNet.GitAsync(_copy, "-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "--quiet", "--no-gpg-sign", "--message", "Everything");
        _commit = (await DotNet.GitAsync(_copy, "rev-parse", "HEAD")).Trim();
        _package = await PackAsync("release", "-p:ContinuousIntegrationBuild=true");
        _symbols = new PackageFile(Directory.GetFiles(Path.Combine(_copy, "artifacts/release"), "*.snupkg").Single());
    }

    [OneTimeTearDown]
    public void DeleteTheCopy() => Directory.Delete(_copy, recursive: true);

    [Test]
    public void A_package_made_outside_of_git_names_no_repository() =>
        Assert.That((_outsideOfGit["repository", "url"], _outsideOfGit["repository", "commit"]), Is.EqualTo(((string?)null, (string?)null)));

    [Test]
    public void A_release_names_the_repository_and_the_commit() =>
        Assert.That((_package["repository", "url"], _package["repository", "commit"]), Is.EqualTo((Remote, _commit)).Or.EqualTo((Remote + ".git", _commit)));

    [Test]
    public void Its_symbols_lead_to_the_source_of_that_commit()
    {
        using MetadataReaderProvider provider = OpenSymbols();
        MetadataReader symbols = provider.GetMetadataReader();

        CustomDebugInformation record = symbols.CustomDebugInformation.Select(symbols.GetCustomDebugInformation).Single(found => symbols.GetGuid(found.Kind) == SourceLinkKind);
        JsonElement map = JsonDocument.Parse(symbols.GetBlobBytes(record.Value)).RootElement.GetProperty("documents");

        Assert.That(map.EnumerateObject().Select(entry => (entry.Name, entry.Value.GetString())),
            Is.EqualTo([("/_/*", $"https://raw.githubusercontent.com/example/hybridtiered/{_commit}/*")]));
    }

    [Test]
    public void No_path_of_the_machine_that_built_it_is_in_them()
    {
        using MetadataReaderProvider provider = OpenSymbols();
        MetadataReader symbols = provider.GetMetadataReader();

        string[] paths = [.. symbols.Documents.Select(handle => symbols.GetString(symbols.GetDocument(handle).Name))];

        Assert.That(paths, Has.Length.GreaterThan(100).And.All.StartsWith("/_/"));
    }

    [Test]
    public void The_assembly_is_reproducible_and_its_symbols_are_those_of_the_symbol_package()
    {
        using var assembly = new PEReader(_package.Open("lib/net10.0/HybridTiered.dll"));
        using MetadataReaderProvider provider = OpenSymbols();

        DebugDirectoryEntry[] entries = [.. assembly.ReadDebugDirectory()];
        CodeViewDebugDirectoryData codeView = assembly.ReadCodeViewDebugDirectoryData(entries.Single(entry => entry.Type == DebugDirectoryEntryType.CodeView));

        Assert.That(entries.Select(entry => entry.Type), Contains.Item(DebugDirectoryEntryType.Reproducible));
        Assert.That(new Guid(provider.GetMetadataReader().DebugMetadataHeader!.Id.AsSpan()[..16]), Is.EqualTo(codeView.Guid));
    }

    private MetadataReaderProvider OpenSymbols() => MetadataReaderProvider.FromPortablePdbStream(_symbols.Open("lib/net10.0/HybridTiered.pdb"));

    private async Task<PackageFile> PackAsync(string name, params string[] more)
    {
        string folder = Path.Combine(_copy, "artifacts", name);
        await DotNet.RunAsync(_copy, ["pack", "src/HybridTiered", "-c", "Release", "-o", folder, "-warnaserror", .. more]);
        return new PackageFile(Directory.GetFiles(folder, "*.nupkg").Single());
    }

    private void CopySources(string folder)
    {
        string from = Path.Combine(RepositoryRoot.Path, folder);
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(from, file);
            if (relative.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
                continue;
            string to = Path.Combine(_copy, folder, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
    }
}
