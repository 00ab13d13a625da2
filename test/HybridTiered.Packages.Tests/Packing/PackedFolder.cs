using System.Reflection;
using HybridTiered.Tests.Shared;

namespace HybridTiered.Packages.Tests.Packing;

/// <summary>
/// All packages of the repository, packed once per run into a folder of its own, from what was built together with these tests (<c>--no-build</c>): the build of the
/// solution has checked it for warnings already.
/// </summary>
internal static class PackedFolder
{
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), "hybridtiered-packages-" + Path.GetRandomFileName());
    private static readonly Lazy<Task<string>> Packed = new(PackAsync);

    /// <summary>The ids of the packages, sorted.</summary>
    public static string[] Ids { get; } = ["HybridTiered", "HybridTiered.AspNetCore", "HybridTiered.Disk", "HybridTiered.Memcached", "HybridTiered.Redis"];

    /// <summary>Whether this build replaces two packages that StackExchange.Redis depends on by those under eng/standins.</summary>
    public static bool UsesStandIns { get; } = MetadataOf("UseStandIns") != "false";

    public static string Configuration { get; } = MetadataOf("Configuration");

    /// <summary>Where they are; the first call packs.</summary>
    public static Task<string> PathAsync() => Packed.Value;

    /// <summary>One of them.</summary>
    /// <param name="id">Which.</param>
    /// <param name="extension">nupkg, or snupkg for its symbols.</param>
    public static async Task<PackageFile> OpenAsync(string id, string extension = "nupkg")
    {
        string folder = await PathAsync();
        return new PackageFile(Directory.GetFiles(folder, $"{id}.*.{extension}").Single(path => char.IsAsciiDigit(Path.GetFileName(path)[id.Length + 1])));
    }

    public static void Delete()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private static async Task<string> PackAsync()
    {
        await DotNet.RunAsync(RepositoryRoot.Path, "pack", "HybridTiered.sln", "--no-build", "-c", Configuration, "-o", Folder, "-warnaserror");
        return Folder;
    }

    private static string MetadataOf(string key) =>
        typeof(PackedFolder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value ?? "";
}
