using System.IO.Compression;
using System.Xml.Linq;

namespace HybridTiered.Packages.Tests.Packing;

/// <summary>A packed file, .nupkg or .snupkg.</summary>
internal sealed class PackageFile
{
    private readonly XElement _metadata;
    private readonly Dictionary<string, byte[]> _files;

    public PackageFile(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        _files = archive.Entries.ToDictionary(entry => entry.FullName, Read, StringComparer.Ordinal);
        string nuspec = _files.Keys.Single(name => name.EndsWith(".nuspec", StringComparison.Ordinal));
        XElement package = XDocument.Load(new MemoryStream(_files[nuspec])).Root!;
        _metadata = package.Element(package.Name.Namespace + "metadata")!;
    }

    public string Id => this["id"]!;

    /// <summary>The files that the author put in, without those of the container.</summary>
    public IEnumerable<string> Contents => _files.Keys.Where(name =>
        !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal) && name != "[Content_Types].xml"
        && !name.EndsWith(".nuspec", StringComparison.Ordinal));

    /// <summary>What depends on it as <c>id version</c>, whatever the framework.</summary>
    public IEnumerable<string> Dependencies =>
        _metadata.Descendants(_metadata.Name.Namespace + "dependency").Select(element => $"{element.Attribute("id")!.Value} {element.Attribute("version")!.Value}");

    /// <summary>The frameworks that it has dependencies for.</summary>
    public IEnumerable<string> Frameworks =>
        _metadata.Element(_metadata.Name.Namespace + "dependencies")!.Elements().Select(group => group.Attribute("targetFramework")!.Value);

    /// <summary>The shared frameworks that it needs.</summary>
    public IEnumerable<string> FrameworkReferences =>
        _metadata.Descendants(_metadata.Name.Namespace + "frameworkReference").Select(element => element.Attribute("name")!.Value);

    /// <summary>An element of its metadata, or <see langword="null"/>.</summary>
    public string? this[string element] => _metadata.Element(_metadata.Name.Namespace + element)?.Value;

    /// <summary>An attribute of an element of its metadata, or <see langword="null"/>.</summary>
    public string? this[string element, string attribute] => _metadata.Element(_metadata.Name.Namespace + element)?.Attribute(attribute)?.Value;

    public Stream Open(string name) => new MemoryStream(_files[name], writable: false);

    public override string ToString() => Id;

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
