using System.Diagnostics;
using System.Globalization;
using HybridTiered.Disk.Tests.Support;
using HybridTiered.Disk.Torture;

namespace HybridTiered.Disk.Tests.Crashes;

/// <summary>Another process works on the folder and is killed, again and again; what is found must be right every time.</summary>
public sealed class KillTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Test]
    [Category("Unit")]
    public Task Killed_ten_times_the_tier_serves_no_wrong_value() => TortureAsync(seed: 1, kills: 10);

    [Test]
    [Category("Slow")]
    public Task Killed_two_hundred_times_the_tier_serves_no_wrong_value() => TortureAsync(seed: 2, kills: 200);

    [Test]
    [Category("Unit")]
    public async Task A_second_process_on_the_folder_is_told_so_until_the_first_is_killed()
    {
        using var folder = new TemporaryFolder();
        using Process holder = await StartAsync("hold", folder.Path);
        await using var tier = new DiskTier(TortureOptions.For(folder.Path));
        try
        {
            Assert.That(
                async () => await tier.ReadJournalPositionAsync(CancellationToken.None),
                Throws.TypeOf<IOException>().With.Message.Contain(folder.Path).And.Message.Contain("another process"));
        }
        finally
        {
            holder.Kill();
            await holder.WaitForExitAsync();
        }
        Assert.That(async () => await tier.ReadJournalPositionAsync(CancellationToken.None), Throws.Nothing);
    }

    private static async Task TortureAsync(int seed, int kills)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        using var notes = new TemporaryFolder();
        string doneFile = Path.Combine(notes.Path, "done");
        var content = new Content();
        long next = 1;
        long position = 0;
        long found = 0;
        for (int kill = 1; kill <= kills; kill++)
        {
            using Process worker = await StartAsync("work", folder.Path, $"{seed}", $"{next}", doneFile);
            await WaitForStepAsync(doneFile, next + random.Next(1, 4000));
            worker.Kill();
            await worker.WaitForExitAsync();

            // One step may have been under way, done and not noted, or not begun.
            long done = await LastStepAsync(doneFile);
            for (; next <= done; next++)
                Account(content, TortureOperation.Of(seed, next), ref position, next);
            TortureOperation doubtful = TortureOperation.Of(seed, next++);
            if (doubtful.Kind == TortureKind.Write)
                content.MayBe(doubtful.Key, doubtful.Value);
            long highest = doubtful.Kind == TortureKind.Position ? next - 1 : position;

            // Every other time the worker itself has to make do with what it left; else it finds a folder that was closed.
            using TemporaryFolder? copy = kill % 2 == 0 ? folder.Copy() : null;
            Assert.That(folder.Bytes, Is.LessThanOrEqualTo(TortureOptions.For("").SizeLimit));
            await using var tier = new DiskTier(TortureOptions.For((copy ?? folder).Path));
            found += await content.VerifyAsync(tier, $"kill {kill}");
            long claimed = (await tier.ReadJournalPositionAsync(CancellationToken.None)).Time;
            Assert.That(claimed, Is.InRange(position, highest), $"kill {kill}");
            Assert.That(tier.GetStatistics().Damaged, Is.Zero, $"kill {kill}");
            position = claimed;
        }

        TestContext.Out.WriteLine($"{next} steps, {(double)found / kills:n0} entries found on average");
        Assert.That(found, Is.GreaterThan(kills * 50));
    }

    private static void Account(Content content, TortureOperation operation, ref long position, long step)
    {
        switch (operation.Kind)
        {
            case TortureKind.Write:
                content.Is(operation.Key, operation.Value);
                break;
            case TortureKind.Remove:
                content.Is(operation.Key, null);
                break;
            case TortureKind.Position:
                position = step;
                break;
        }
    }

    private static async Task<Process> StartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(typeof(TortureOperation).Assembly.Location);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        Assert.That(line, Is.EqualTo("ready"));
        return process;
    }

    /// <summary>The worker's progress is the one thing here that cannot be awaited, so it is polled.</summary>
    private static async Task WaitForStepAsync(string file, long step)
    {
        var watch = Stopwatch.StartNew();
        while (await LastStepAsync(file) < step)
        {
            Assert.That(watch.Elapsed, Is.LessThan(Patience), string.Create(CultureInfo.InvariantCulture, $"step {step} was not reached"));
            await Task.Yield();
        }
    }

    private static async Task<long> LastStepAsync(string file)
    {
        if (!File.Exists(file))
            return 0;
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[sizeof(long)];
        return await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length ? BitConverter.ToInt64(bytes) : 0;
    }
}
