using HybridTiered.Disk.Tests.Support;

namespace HybridTiered.Disk.Tests.Crashes;

/// <summary>
/// A process can be killed between any two changes that it makes on disk. Here it is killed at each of them: after every write, creation,
/// deletion and truncation the files are copied, and a tier over the copy must answer rightly.
/// </summary>
[Category("Unit")]
public sealed class CrashPointTests : DiskFixture
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task Killed_after_any_change_on_disk_the_tier_serves_nothing_that_was_replaced_or_removed(int seed)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var operations = new RandomOperations(seed);
        var crashes = new List<(TemporaryFolder Files, Content Content, long Lowest, long Highest)>();
        DiskTier tier = Open();
        int found = 0;
        int verified = 0;
        for (int step = 0; step < 700; step++)
        {
            Files.AfterChange = () => crashes.Add((Folder.Copy(), operations.Content.Copy(), operations.Position, operations.HighestPosition));
            await operations.StepAsync(tier);
            if (step % 100 == 99)
            {
                await tier.DisposeAsync();
                tier = Open();
            }
            Files.AfterChange = null;
            foreach ((TemporaryFolder files, Content content, long lowest, long highest) in crashes)
            {
                await using (DiskTier after = OpenCopy(files))
                {
                    found += await content.VerifyAsync(after, $"killed in step {step}");
                    long position = (await PositionAsync(after)).Time;
                    Assert.That(position, Is.InRange(lowest, highest), $"killed in step {step}");
                }
                files.Dispose();
                verified++;
            }
            crashes.Clear();
        }

        TestContext.Out.WriteLine($"{verified} kills, {(double)found / verified:n1} entries found on average");
        Assert.That(found, Is.GreaterThan(verified * 5), "the test would be empty if kills lost most entries");
    }
}
