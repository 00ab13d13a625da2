using System.Diagnostics;
using System.Globalization;
using HybridTiered.Disk;
using HybridTiered.Load.Measuring;
using HybridTiered.Memcached;
using HybridTiered.TestServers.Memcached;
using HybridTiered.Tiers;

namespace HybridTiered.Load.Tiers;

/// <summary>What the disk and Memcached tiers do by themselves, without a cache above them.</summary>
internal sealed class TiersVerb : IVerb
{
    private static readonly TierLifetime Day = new(TimeSpan.FromDays(1));

    public string Name => "tiers";

    public string Help => """
            Writes and random reads of the disk tier, its recovery and its bytes per entry; writes and reads of Memcached. Ends with 1 if an entry is missing or wrong.
              --entries 500000  entries on disk; 1,000 to 10,000,000 (Memcached gets a tenth)
              --bytes 1024      bytes of a value; 8 to 100,000
              --callers 64      callers of Memcached at once; 1 to 10,000
        """;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        int entries = arguments.Take("entries", 500_000, 1_000, 10_000_000);
        int bytes = arguments.Take("bytes", 1_024, 8, 100_000);
        int callers = arguments.Take("callers", 64, 1, 10_000);
        arguments.ThrowIfAnyLeft();
        bool right = await MeasureDiskAsync(entries, bytes, cancellationToken);
        right &= await MeasureMemcachedAsync(entries / 10, bytes, callers, cancellationToken);
        return right ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<bool> MeasureDiskAsync(int entries, int bytes, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hybridtiered-load-disk-");
        DirectoryInfo killed = Directory.CreateTempSubdirectory("hybridtiered-load-killed-");
        try
        {
            bool right;
            await using (DiskTier tier = Open(folder, entries, bytes))
            {
                long start = Stopwatch.GetTimestamp();
                await WriteAsync(tier, Enumerable.Range(0, entries), bytes, cancellationToken);
                await tier.FlushAsync(cancellationToken);
                Report("disk: writes, then durable", entries, bytes, Stopwatch.GetElapsedTime(start));
                DiskTierStatistics statistics = tier.GetStatistics();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"disk: per entry             {(double)statistics.DataBytes / entries:N1} bytes on disk, {(double)statistics.IndexBytes / entries:N1} bytes in memory"));
                right = await ReadAtRandomAsync("disk: random reads         ", tier, entries, bytes, 1, cancellationToken);
                right &= await ReadAtRandomAsync("disk: random reads, 2 ways ", tier, entries, bytes, 2, cancellationToken);
                foreach (FileInfo file in folder.EnumerateFiles("segment-*"))
                    file.CopyTo(Path.Combine(killed.FullName, file.Name));
            }
            right &= await RecoverAsync("disk: open after a clean end", folder, entries, bytes, cancellationToken);
            // What a kill leaves, at worst: no segment has been closed.
            foreach (FileInfo file in killed.EnumerateFiles())
            {
                using FileStream stream = file.OpenWrite();
                stream.SetLength(stream.Length - 1);
            }
            return right & await RecoverAsync("disk: open without footers  ", killed, entries, bytes, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
            killed.Delete(recursive: true);
        }
    }

    private static async Task<bool> RecoverAsync(string name, DirectoryInfo folder, int entries, int bytes, CancellationToken cancellationToken)
    {
        await using DiskTier tier = Open(folder, entries, bytes);
        long start = Stopwatch.GetTimestamp();
        using TierEntry first = await tier.ReadAsync(KeyOf(0), TierRead.Data, cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name} {tier.GetStatistics().Records:N0} entries in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:N0} ms"));
        return tier.GetStatistics().Records == entries && first.Found;
    }

    private static async Task<bool> MeasureMemcachedAsync(int entries, int bytes, int callers, CancellationToken cancellationToken)
    {
        using MemcachedServer server = await MemcachedServer.StartAsync("-m", "1024");
        var options = new MemcachedTierOptions();
        options.Servers.Add(server.EndPoint);
        await using var tier = new MemcachedTier(options);
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller =>
            WriteAsync(tier, Enumerable.Range(0, entries).Where(i => i % callers == caller), bytes, cancellationToken)));
        Report("memcached: writes          ", entries, bytes, Stopwatch.GetElapsedTime(start));
        return await ReadAtRandomAsync("memcached: random reads    ", tier, entries, bytes, callers, cancellationToken);
    }

    private static async Task WriteAsync(ICacheTier tier, IEnumerable<int> ids, int bytes, CancellationToken cancellationToken)
    {
        foreach (int id in ids)
            await tier.WriteAsync(KeyOf(id), ValueOf(id, bytes), Day, cancellationToken);
    }

    private static async Task<bool> ReadAtRandomAsync(string name, ICacheTier tier, int entries, int bytes, int callers, CancellationToken cancellationToken)
    {
        int wrong = 0;
        long start = Stopwatch.GetTimestamp();
        LatencyHistogram[] histograms = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => ReadAsync(caller), cancellationToken)));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        var all = new LatencyHistogram();
        foreach (LatencyHistogram histogram in histograms)
            all.Add(histogram);
        Report(name, entries / callers * callers, bytes, elapsed, Percentiles.Describe(all));
        return wrong == 0;

        async Task<LatencyHistogram> ReadAsync(int caller)
        {
            var histogram = new LatencyHistogram();
            var random = new Random(caller);
            for (int i = 0; i < entries / callers; i++)
            {
                int id = random.Next(entries);
                long asked = Stopwatch.GetTimestamp();
                using TierEntry entry = await tier.ReadAsync(KeyOf(id), TierRead.Data, cancellationToken);
                histogram.Add(Stopwatch.GetElapsedTime(asked));
                if (!entry.Found || entry.Data.Length != bytes || BitConverter.ToInt32(entry.Data.Span) != id)
                    Interlocked.Increment(ref wrong);
            }
            return histogram;
        }
    }

    private static void Report(string name, int count, int bytes, TimeSpan elapsed, string more = "") => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{name} {count / elapsed.TotalSeconds,10:N0} /s, {(double)count * bytes / (1 << 20) / elapsed.TotalSeconds,7:N1} MiB/s  {more}"));

    private static DiskTier Open(DirectoryInfo folder, int entries, int bytes) => new(new DiskTierOptions
    {
        Directory = folder.FullName,
        SizeLimit = Math.Max(DiskTierOptions.FewestSegments * 16L * 1024 * 1024, 2L * entries * (bytes + 128)),
    });

    private static string KeyOf(int id) => string.Create(CultureInfo.InvariantCulture, $"tiers:{id}");

    private static byte[] ValueOf(int id, int bytes)
    {
        var value = new byte[bytes];
        BitConverter.TryWriteBytes(value, id);
        return value;
    }
}
