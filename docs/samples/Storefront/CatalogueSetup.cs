using System.Security.Cryptography;
using System.Text;

namespace Storefront;

/// <summary>Says where the catalogue keeps changes.</summary>
internal static class CatalogueSetup
{
    /// <summary>
    /// The folder of <c>--catalogue</c>; without it, one for all processes of this machine that were given the same <c>--redis</c>, because who shares a cache has to share what is
    /// cached; without either, the folder of the shop, because what a cache on disk remembers its source may not forget; without one, memory.
    /// </summary>
    public static IProductChanges FindChanges(IConfiguration configuration, DataFolder? data) =>
        FolderFor(configuration, data) is { } folder ? new ChangesInFolder(folder) : new ChangesInMemory();

    /// <summary>The folder of the keys that protect cookies: below the changes, because processes that share a cache share sessions too. None where changes are kept in memory.</summary>
    public static string? FindKeys(IConfiguration configuration, DataFolder? data) =>
        FolderFor(configuration, data) is { } folder ? Path.Combine(folder, "keys") : null;

    private static string? FolderFor(IConfiguration configuration, DataFolder? data) =>
        configuration["catalogue"] is { Length: > 0 } folder ? folder
        : configuration["redis"] is { } redis ? FolderOf(redis)
        : data?.Changes;

    // A hash, because the address may hold a password.
    private static string FolderOf(string redis) =>
        Path.Combine(Path.GetTempPath(), "storefront-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(redis)))[..16]);
}
