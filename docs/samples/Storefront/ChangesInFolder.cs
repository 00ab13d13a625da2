using System.Globalization;
using System.Text.Json;

namespace Storefront;

/// <summary>
/// The changes of all processes that share a folder: what a database is to a real shop. A file per product, replaced in one step, so a reader sees one state or
/// the next, and a file beside it that whoever changes the product holds locked.
/// </summary>
internal sealed class ChangesInFolder(string folder) : IProductChanges
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly string _folder = Directory.CreateDirectory(folder).FullName;

    public Product? Find(int id)
    {
        string path = PathOf(id, "json");
        return File.Exists(path) ? JsonSerializer.Deserialize<Product>(File.ReadAllBytes(path)) : null;
    }

    public async ValueTask<Product> ChangeAsync(Product original, string name, decimal price)
    {
        using FileStream held = await LockAsync(PathOf(original.Id, "lock"));
        Product changed = (Find(original.Id) ?? original).ChangedTo(name, price);
        string written = PathOf(original.Id, "new");
        await File.WriteAllBytesAsync(written, JsonSerializer.SerializeToUtf8Bytes(changed));
        File.Move(written, PathOf(original.Id, "json"), overwrite: true);
        return changed;
    }

    // The operating system lets go of the lock of a process that dies.
    private static async Task<FileStream> LockAsync(string path)
    {
        for (long deadline = Environment.TickCount64 + (long)LongestWait.TotalMilliseconds; ;)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 < deadline)
            {
                await Task.Delay(Pause); // Somebody else is changing this product.
            }
        }
    }

    private string PathOf(int id, string extension) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{id}.{extension}"));
}
