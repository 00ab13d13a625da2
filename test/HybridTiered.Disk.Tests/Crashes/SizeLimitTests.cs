using HybridTiered.Disk.Tests.Support;

namespace HybridTiered.Disk.Tests.Crashes;

[Category("Unit")]
public sealed class SizeLimitTests : DiskFixture
{
    [TestCase(1, 256)]
    [TestCase(2, 300)]
    [TestCase(3, 1000)]
    public async Task All_files_together_never_exceed_the_limit(int seed, int kibibytes)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var options = new DiskTierOptions { SegmentSize = 64 * 1024, SizeLimit = kibibytes * 1024 };
        var operations = new RandomOperations(seed);
        long most = 0;
        Files.AfterChange = () => most = Math.Max(most, Folder.Bytes);
        DiskTier tier = Open(options);
        for (int step = 0; step < 3000; step++)
        {
            await operations.StepAsync(tier);
            if (step % 500 == 499)
            {
                await tier.DisposeAsync();
                tier = Open(options);
            }
        }
        await tier.DisposeAsync();

        Assert.That(most, Is.LessThanOrEqualTo(options.SizeLimit).And.GreaterThan(options.SizeLimit / 2));
    }

    [Test]
    public async Task Tiny_entries_whose_footers_are_large_do_not_exceed_it_either()
    {
        long most = 0;
        Files.AfterChange = () => most = Math.Max(most, Folder.Bytes);
        DiskTier tier = Open();
        for (int i = 0; i < 20_000; i++)
            await WriteAsync(tier, $"{i}", []);
        await tier.DisposeAsync();

        Assert.That(most, Is.LessThanOrEqualTo(Options.SizeLimit).And.GreaterThan(Options.SizeLimit / 2));
    }

    [Test]
    public async Task The_newest_entries_stay()
    {
        DiskTier tier = Open();
        for (int i = 0; i < 500; i++)
            await WriteAsync(tier, $"key{i}", Bytes(i, 2000));

        for (int i = 440; i < 500; i++)
            Assert.That(await ReadAsync(tier, $"key{i}"), Is.EqualTo(Bytes(i, 2000)));
        Assert.That(await ReadAsync(tier, "key0"), Is.Null);
    }

    [Test]
    public async Task An_entry_that_is_read_now_and_then_outlives_its_segment()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "used", Bytes(1));
        await WriteAsync(tier, "unused", Bytes(2));
        for (int i = 0; i < 20; i++)
        {
            await FillAsync(tier, segments: 1);
            Assert.That(await ReadAsync(tier, "used"), Is.EqualTo(Bytes(1)), $"after {i} segments");
        }

        Assert.That(await ReadAsync(tier, "unused"), Is.Null);
        Assert.That(tier.GetStatistics().CarriedOver, Is.GreaterThan(3));
    }

    [Test]
    public async Task A_carried_over_entry_keeps_its_end()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1), new Tiers.TierLifetime(TimeSpan.FromHours(1)));
        for (int i = 0; i < 10; i++)
        {
            await ReadAsync(tier, "key");
            await FillAsync(tier, segments: 1);
        }
        Time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(1)));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await ReadAsync(tier, "key"), Is.Null);
    }

    [Test]
    public async Task A_carried_over_entry_survives_a_kill()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        for (int i = 0; i < 12; i++)
        {
            await ReadAsync(tier, "key");
            await FillAsync(tier, segments: 1);
            Assert.That(await ReadAsync(OpenAfterKill(), "key"), Is.EqualTo(Bytes(1)), $"after {i} segments");
        }
    }

    [Test]
    public async Task The_time_of_a_tag_outlives_the_segments_although_nobody_reads_it_and_much_else_is_carried_over()
    {
        DiskTier tier = Open();
        await tier.RaiseTagTimeAsync("__MSFT_HCT__tag", 7, new Tiers.TierLifetime(TimeSpan.FromDays(1000)), CancellationToken.None);
        for (int i = 0; i < 12; i++)
        {
            await FillAsync(tier, segments: 1);
            Assert.That(await ReadAsync(OpenAfterKill(), "__MSFT_HCT__tag"), Is.EqualTo(BitConverter.GetBytes(7L)), $"after {i} segments");
        }
    }

    [Test]
    public async Task When_everything_is_read_there_still_is_room_for_what_is_new()
    {
        DiskTier tier = Open();
        for (int i = 0; i < 1000; i++)
        {
            await WriteAsync(tier, $"key{i}", Bytes(i, 2000));
            for (int j = Math.Max(0, i - 100); j <= i; j++)
                await ReadAsync(tier, $"key{j}");
        }

        for (int i = 970; i < 1000; i++)
            Assert.That(await ReadAsync(tier, $"key{i}"), Is.EqualTo(Bytes(i, 2000)));
    }
}
