using System.Text;
using System.Text.RegularExpressions;
using HybridTiered.Packages.Tests.Packing;

namespace HybridTiered.Packages.Tests;

/// <summary>What is in the packages, and what a package page can show of them.</summary>
[TestFixture, Category("Pack")]
public sealed partial class PackageTests
{
    private const string Extensions = "10.0.14";

    private static readonly string[] ImageOfPng = ["89", "50", "4E", "47"];

    [Test]
    public async Task Packing_the_solution_yields_five_packages_and_their_symbols_and_nothing_else()
    {
        string folder = await PackedFolder.PathAsync();

        IEnumerable<string> names = Directory.GetFiles(folder).Select(path => VersionAndKind.Replace(Path.GetFileName(path), ".$1"));

        Assert.That(names, Is.EquivalentTo(PackedFolder.Ids.SelectMany(id => new[] { id + ".nupkg", id + ".snupkg" })));
    }

    // Exact, so that a dependency is a decision. The stand-ins under eng/standins may never appear.
    [TestCase("HybridTiered", "Microsoft.Extensions.Caching.Abstractions " + Extensions, "Microsoft.Extensions.Hosting.Abstractions " + Extensions,
        "Microsoft.Extensions.Logging.Abstractions " + Extensions, "Microsoft.Extensions.Options.ConfigurationExtensions " + Extensions)]
    [TestCase("HybridTiered.AspNetCore", "HybridTiered $version")]
    [TestCase("HybridTiered.Disk", "HybridTiered $version", "Microsoft.Extensions.Logging.Abstractions " + Extensions)]
    [TestCase("HybridTiered.Memcached", "HybridTiered $version")]
    [TestCase("HybridTiered.Redis", "HybridTiered $version", "StackExchange.Redis 2.13.23")]
    public async Task A_package_depends_on_these_and_no_others(string id, params string[] dependencies)
    {
        PackageFile package = await PackedFolder.OpenAsync(id);

        Assert.That(package.Dependencies, Is.EquivalentTo(dependencies.Select(dependency => dependency.Replace("$version", package["version"], StringComparison.Ordinal))));
        Assert.That(package.Frameworks, Is.EqualTo(["net10.0"]));
        Assert.That(package.FrameworkReferences, Is.EqualTo(id == "HybridTiered.AspNetCore" ? ["Microsoft.AspNetCore.App"] : Array.Empty<string>()));
    }

    [TestCaseSource(typeof(PackedFolder), nameof(PackedFolder.Ids))]
    public async Task A_package_holds_its_assembly_with_documentation_icon_and_readme_alone(string id)
    {
        PackageFile package = await PackedFolder.OpenAsync(id);
        PackageFile symbols = await PackedFolder.OpenAsync(id, "snupkg");

        Assert.That(package.Contents, Is.EquivalentTo([$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", "icon.png", "README.md"]));
        Assert.That(symbols.Contents, Is.EqualTo([$"lib/net10.0/{id}.pdb"]));
    }

    [TestCaseSource(typeof(PackedFolder), nameof(PackedFolder.Ids))]
    public async Task A_package_says_what_it_is_whose_and_where_from(string id)
    {
        PackageFile package = await PackedFolder.OpenAsync(id);

        Assert.That(package["license"], Is.EqualTo("MIT"));
        Assert.That(package["license", "type"], Is.EqualTo("expression"));
        Assert.That(package["icon"], Is.EqualTo("icon.png"));
        Assert.That(package["readme"], Is.EqualTo("README.md"));
        Assert.That(package["authors"], Is.EqualTo("HybridTiered contributors"));
        Assert.That(package["description"], Has.Length.GreaterThan(40));
        Assert.That(package["tags"]!.Split(' '), Is.Unique.And.Contains("HybridCache").And.Length.GreaterThan(5));
        Assert.That(package["repository", "type"], Is.EqualTo("git"));
    }

    [TestCaseSource(typeof(PackedFolder), nameof(PackedFolder.Ids))]
    public async Task What_a_package_page_shows_works_without_the_repository(string id)
    {
        PackageFile package = await PackedFolder.OpenAsync(id);
        using var icon = new BinaryReader(package.Open("icon.png"));
        using var readme = new StreamReader(package.Open("README.md"));

        Assert.That(icon.ReadBytes(4).Select(value => value.ToString("X2", null)), Is.EqualTo(ImageOfPng));
        string text = await readme.ReadToEndAsync();
        Assert.That(text, Does.StartWith($"# {id}\n"));
        Assert.That(RelativeLink.Matches(text).Select(match => match.Value), Is.Empty, "a package page has no files to link to");
        Assert.That(text, Does.Not.Contain("```mermaid"), "a package page does not draw it");
        Assert.That(Encoding.UTF8.GetByteCount(text), Is.LessThan(1024 * 1024), "more is refused by the gallery");
    }

    [GeneratedRegex(@"\.\d+\.\d+\.\d+(?:-[\w.]+)?\.(s?nupkg)$")]
    private static partial Regex VersionAndKind { get; }

    [GeneratedRegex(@"\]\((?!https://)[^)]*\)|(?:src|href)=""(?!https://)[^""]*""")]
    private static partial Regex RelativeLink { get; }
}
