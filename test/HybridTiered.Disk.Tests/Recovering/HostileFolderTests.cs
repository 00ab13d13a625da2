using System.Runtime.InteropServices;
using HybridTiered.Disk.Segments;
using HybridTiered.Disk.Storage;
using HybridTiered.Disk.Tests.Support;
using HybridTiered.Fuzzing;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridTiered.Disk.Tests.Recovering;

/// <summary>
/// Hostile files: the folder opens, and a key has its value or none, whatever was done to the files and whether or not they had been closed. What the log loses at its end is as if it
/// had not been written, so damage to the newest segments may show a value from before it; nothing else brings one back.
/// </summary>
[TestFixture, Category("Unit")]
public sealed class HostileFolderTests
{
    private const int KeyCount = 12;

    // Index, buffers and a large array that the pool may have given up since.
    private const long Fixed = 2 * 1024 * 1024;

    private static readonly DiskTierOptions Options = new() { Directory = "folder", SegmentSize = 2048, SizeLimit = 16 * 2048 };

    private static readonly string[] Keys = [.. Enumerable.Range(0, KeyCount).Select(i => $"key{i}")];

    private readonly ManualTimeProvider _time = new();

    [Test]
    public void Hostile_folders_do_no_harm() => RunDamaged(HostileInput.Few);

    [Test, Category("Slow")]
    public void A_million_hostile_folders_do_no_harm() => RunDamaged(HostileInput.Million);

    [Test]
    public void Footers_that_were_forged_with_their_checksums_do_no_harm() => RunForged(HostileInput.Few);

    [Test, Category("Slow")]
    public void A_million_forged_footers_do_no_harm() => RunForged(HostileInput.Million);

    private void RunDamaged(int cases)
    {
        Prepared[] folders = [.. Enumerable.Range(1, 8).Select(Prepare)];
        MemoryFileSystem files = null!;
        HostileInput.Run(
            cases,
            random =>
            {
                Prepared folder = folders[random.Next(folders.Length)];
                files = (random.Next(2) == 0 ? folder.Closed : folder.Killed).Copy();
                int lost = Harm(random, files);
                return () => Verify(files, folder.Count, folder.Since[^(1 + lost)]);
            },
            () => Fixed + (8L * files.Files.Values.Sum(bytes => bytes.Length)),
            () => string.Join('\n', files.Files.Select(f => $"{f.Key} {Convert.ToHexString(f.Value)}")));
    }

    // Whoever can compute checksums can also put in values of his own; all that can be asked is that nothing fails and no length is believed.
    private void RunForged(int cases)
    {
        Prepared[] folders = [.. Enumerable.Range(1, 8).Select(Prepare)];
        MemoryFileSystem files = null!;
        HostileInput.Run(
            cases,
            random =>
            {
                Prepared folder = folders[random.Next(folders.Length)];
                files = folder.Closed.Copy();
                string name = files.Files.Keys.ElementAt(random.Next(files.Files.Count));
                Forge(random, files.Files[name]);
                return () => Verify(files, folder.Count, allowed: null);
            },
            () => Fixed + (8L * files.Files.Values.Sum(bytes => bytes.Length)),
            () => string.Join('\n', files.Files.Select(f => $"{f.Key} {Convert.ToHexString(f.Value)}")));
    }

    /// <summary>Opens a folder and reads every key.</summary>
    /// <returns>Whether all of it is there.</returns>
    private bool Verify(MemoryFileSystem files, int complete, Dictionary<string, List<byte[]>>? allowed)
    {
        int found = 0;
        using DiskStore store = DiskStore.Open(Options, files, _time, NullLogger.Instance);
        foreach (string key in Keys)
        {
            using TierEntry entry = store.Read(key, TierRead.DataAndLifetime);
            store.Refresh(key);
            if (!entry.Found)
                continue;
            found++;
            if (allowed is not null && !IsAllowed(allowed[key], entry.Data.Span))
                Assert.Fail($"'{key}' has a value that was replaced, removed or never written.");
        }
        return found == complete;
    }

    private static bool IsAllowed(List<byte[]> values, ReadOnlySpan<byte> value)
    {
        foreach (byte[] each in values)
        {
            if (value.SequenceEqual(each))
                return true;
        }
        return false;
    }

    /// <summary>Damages, removes, exchanges or adds files.</summary>
    /// <returns>How many of the newest segments, without a gap, were touched.</returns>
    private static int Harm(Random random, MemoryFileSystem folder)
    {
        SortedDictionary<string, byte[]> files = folder.Files;
        string[] names = [.. files.Keys];
        var touched = new HashSet<string>();
        for (int i = random.Next(4) == 0 ? random.Next(1, 4) : 1; i > 0; i--)
        {
            string name = names[random.Next(names.Length)];
            byte[] other = files.GetValueOrDefault(names[random.Next(names.Length)], []);
            switch (random.Next(12))
            {
                case 0:
                    files.Remove(name);
                    break;
                case 1:
                    files[name] = [.. other];
                    break;
                case 2:
                    name = SegmentFormat.FileName((uint)random.Next(1, 40));
                    files[name] = [.. other];
                    break;
                default:
                    files[name] = Damage.Wound(random, files.GetValueOrDefault(name, []), other);
                    break;
            }
            touched.Add(name);
        }
        return names.Reverse().TakeWhile(touched.Contains).Count();
    }

    /// <summary>Changes a footer or a trailer and makes the checksums right.</summary>
    private static void Forge(Random random, byte[] file)
    {
        Span<byte> trailerBytes = file.AsSpan(file.Length - SegmentTrailer.Size);
        SegmentTrailer trailer = MemoryMarshal.Read<SegmentTrailer>(trailerBytes);
        int start = (int)trailer.DataEnd + RecordHeader.Size;
        Span<byte> entries = file.AsSpan(start, file.Length - SegmentTrailer.Size - start);
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            if (entries.Length > 0 && random.Next(4) > 0)
                Overwrite(entries);
            else
                Overwrite(trailerBytes[8..^4]);
        }
        trailer = MemoryMarshal.Read<SegmentTrailer>(trailerBytes);
        trailer.EntriesChecksum = Crc32C.Compute(entries);
        trailer.Write(trailerBytes);

        void Overwrite(Span<byte> bytes)
        {
            byte[] wounded = Damage.Wound(random, bytes.ToArray(), []);
            wounded.AsSpan(0, Math.Min(wounded.Length, bytes.Length)).CopyTo(bytes);
        }
    }

    private Prepared Prepare(int seed)
    {
        var random = new Random(seed);
        var files = new MemoryFileSystem();
        var atEnd = Keys.ToDictionary(key => key, _ => new List<byte[]>());
        var since = new List<Dictionary<string, List<byte[]>>>();
        using DiskStore store = DiskStore.Open(Options, files, _time, NullLogger.Instance);
        for (int i = 0; i < 90; i++)
        {
            string key = Keys[random.Next(KeyCount)];
            Dictionary<string, List<byte[]>> before = atEnd.ToDictionary(e => e.Key, e => new List<byte[]>(e.Value));
            if (random.Next(5) == 0)
            {
                store.Remove([key]);
                atEnd[key] = [];
            }
            else
            {
                byte[] value = Damage.Noise(random, random.Next(100));
                TimeSpan? sliding = random.Next(4) == 0 ? TimeSpan.FromHours(1) : null;
                store.Write(key, value, new TierLifetime(TimeSpan.FromDays(1), sliding));
                atEnd[key] = [value];
            }
            if (random.Next(10) == 0)
                store.WritePosition(new JournalId(i + 1, 0));
            while (since.Count < files.Files.Count)
                since.Add(before);
            foreach (Dictionary<string, List<byte[]>> values in since)
                values[key] = [.. values[key], .. atEnd[key]];
        }
        store.Flush();
        MemoryFileSystem killed = files.Copy();
        store.Dispose();
        return new Prepared(killed, files, [.. since, atEnd]);
    }

    /// <summary>A folder as a kill and as a clean end leave it, and the values that each key has had since each segment was begun; the last ones are those at the end.</summary>
    private sealed record Prepared(MemoryFileSystem Killed, MemoryFileSystem Closed, IReadOnlyList<Dictionary<string, List<byte[]>>> Since)
    {
        /// <summary>How many keys there are at the end.</summary>
        public int Count { get; } = Since[^1].Values.Count(values => values.Count > 0);
    }
}
