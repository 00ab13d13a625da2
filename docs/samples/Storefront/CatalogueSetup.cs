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
    public static IProductChanges FindChanges(IConfiguration configuration, DataFolder? data)
    {
        if (configuration["catalogue"] is { Length: > 0 } folder)
            return new ChangesInFolder(folder);
        if (configuration["redis"] is { } redis)
            return new ChangesInFolder(FolderOf(redis));
        return data is not null ? new ChangesInFolder(data.Changes) : new ChangesInMemory();
    }

    // A hash, because the address may hold a password.
    private static string FolderOf(string redis) =>
        Path.Combine(Path.GetTempPath(), "storefront-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(redis)))[..16]);
}
