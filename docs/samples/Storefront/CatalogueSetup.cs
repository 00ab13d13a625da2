using System.Security.Cryptography;
using System.Text;

namespace Storefront;

/// <summary>Says where the catalogue keeps changes.</summary>
internal static class CatalogueSetup
{
    /// <summary>
    /// The folder of <c>--catalogue</c>; without it, one for all processes of this machine that were given the same <c>--redis</c>, because who shares a cache has to share what is
    /// cached; without either, memory.
    /// </summary>
    public static IProductChanges FindChanges(IConfiguration configuration)
    {
        if (configuration["catalogue"] is { Length: > 0 } folder)
            return new ChangesInFolder(folder);
        return configuration["redis"] is { } redis ? new ChangesInFolder(FolderOf(redis)) : new ChangesInMemory();
    }

    /// <summary>The folder of the keys that protect cookies: beside the changes, because processes that share a cache share sessions too. None where changes are kept in memory.</summary>
    public static string? FindKeys(IConfiguration configuration) =>
        configuration["catalogue"] is { Length: > 0 } folder ? Path.Combine(folder, "keys")
        : configuration["redis"] is { } redis ? Path.Combine(FolderOf(redis), "keys")
        : null;

    // A hash, because the address may hold a password.
    private static string FolderOf(string redis) =>
        Path.Combine(Path.GetTempPath(), "storefront-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(redis)))[..16]);
}
