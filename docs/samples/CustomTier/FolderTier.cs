using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HybridTiered.Entries;
using HybridTiered.Tiers;
using Microsoft.Win32.SafeHandles;

namespace CustomTier;

/// <summary>
/// Entries as files in a folder that several machines share: one file per key, named by the key's hash and replaced in one step, so a reader sees one value
/// or the next. A file holds its end, its absolute end and its sliding window, all in ticks, and the bytes.
/// </summary>
public sealed class FolderTier(string folder, TimeProvider time) : IRefreshableTier
{
    private const int HeaderLength = 3 * sizeof(long);
    private const FileShare All = FileShare.ReadWrite | FileShare.Delete;
    private static readonly long Never = DateTime.MaxValue.Ticks;

    // No file is touched before the first operation, and a folder that cannot be created now may be created later.
    private readonly Lazy<string> _folder = new(() => Directory.CreateDirectory(folder).FullName, LazyThreadSafetyMode.PublicationOnly);

    public TierReach Reach => TierReach.Shared;

    private long Now => time.GetUtcNow().UtcTicks;

    public async ValueTask<TierEntry> ReadAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        string path = PathOf(key);
        try
        {
            using SafeFileHandle handle = File.OpenHandle(path, share: All, options: FileOptions.Asynchronous);
            var file = new byte[RandomAccess.GetLength(handle)];
            await RandomAccess.ReadAsync(handle, file, 0, cancellationToken);
            long now = Now;
            if (file.Length < HeaderLength || BinaryPrimitives.ReadInt64LittleEndian(file) <= now)
                return TierEntry.Missing;
            if (read == TierRead.Data)
                return new TierEntry(file.AsMemory(HeaderLength));
            long absolute = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(8));
            long sliding = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(16));
            if (sliding > 0)
                Extend(path, Math.Min(absolute, After(now, sliding)));
            return new TierEntry(file.AsMemory(HeaderLength), lifetime: new TierLifetime(
                absolute == Never ? null : TimeSpan.FromTicks(absolute - now), sliding == 0 ? null : TimeSpan.FromTicks(sliding)));
        }
        catch (FileNotFoundException)
        {
            return TierEntry.Missing; // Nothing else is: a folder that cannot be read is a fault, and the chain wants to know.
        }
    }

    public async ValueTask<EntryVersion> WriteAsync(string key, ReadOnlyMemory<byte> data, TierLifetime lifetime, CancellationToken cancellationToken)
    {
        var file = new byte[HeaderLength + data.Length];
        long now = Now;
        BinaryPrimitives.WriteInt64LittleEndian(file, After(now, lifetime.UntilUnread?.Ticks ?? Never));
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(8), After(now, lifetime.Absolute?.Ticks ?? Never));
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(16), lifetime.Sliding?.Ticks ?? 0);
        data.CopyTo(file.AsMemory(HeaderLength));
        string path = PathOf(key);
        string written = $"{path}.{Guid.NewGuid():N}";
        await File.WriteAllBytesAsync(written, file, cancellationToken);
        File.Move(written, path, overwrite: true);
        return EntryVersion.None;
    }

    public ValueTask<EntryVersion> RemoveAsync(string key, CancellationToken cancellationToken)
    {
        File.Delete(PathOf(key));
        return new ValueTask<EntryVersion>(EntryVersion.None);
    }

    public async ValueTask RefreshAsync(string key, CancellationToken cancellationToken) =>
        (await ReadAsync(key, TierRead.DataAndLifetime, cancellationToken)).Dispose();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // In place: if the file has been replaced meanwhile, this changes the old one, which nobody reads any more.
    private static void Extend(string path, long end)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, end);
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, All);
        RandomAccess.Write(handle, bytes, 0);
    }

    private static long After(long now, long ticks) => ticks < Never - now ? now + ticks : Never;

    private string PathOf(string key) => Path.Combine(_folder.Value, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
}
