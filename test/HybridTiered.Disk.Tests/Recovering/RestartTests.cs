using HybridTiered.Invalidation;
using HybridTiered.Tiers;

namespace HybridTiered.Disk.Tests.Recovering;

[Category("Unit")]
public sealed class RestartTests : DiskFixture
{
    [Test]
    public async Task Everything_is_there_after_a_clean_end()
    {
        DiskTier tier = Open();
        for (int i = 0; i < 300; i++)
            await WriteAsync(tier, $"key{i}", Bytes(i, i));
        await tier.DisposeAsync();
        tier = Open();

        for (int i = 0; i < 300; i++)
            Assert.That(await ReadAsync(tier, $"key{i}"), Is.EqualTo(Bytes(i, i)));
    }

    [Test]
    public async Task After_a_clean_end_no_record_is_read_to_recover()
    {
        DiskTier tier = Open(new DiskTierOptions { SegmentSize = 1 << 20, SizeLimit = 8 << 20 });
        for (int i = 0; i < 300; i++)
            await WriteAsync(tier, $"key{i}", Bytes(i, 10_000));
        await tier.DisposeAsync();
        long bytesRead = 0;
        Files.AfterRead = (bytes, _) => bytesRead += bytes.Length;

        Assert.That(await ReadAsync(Open(new DiskTierOptions { SegmentSize = 1 << 20, SizeLimit = 8 << 20 }), "missing"), Is.Null);
        Assert.That(bytesRead, Is.LessThan(20_000));
    }

    [Test]
    public async Task New_entries_survive_a_kill_once_the_flush_interval_has_passed()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        Assert.That(await ReadAsync(OpenAfterKill(), "key"), Is.Null);
        Time.Advance(Options.FlushInterval);

        Assert.That(Files.Flushes, Is.Positive);
        Assert.That(await ReadAsync(OpenAfterKill(), "key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task A_removal_survives_a_kill_at_once()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.FlushAsync();
        await RemoveAsync(tier, "key");

        Assert.That(await ReadAsync(OpenAfterKill(), "key"), Is.Null);
    }

    [Test]
    public async Task A_new_value_of_an_entry_on_disk_survives_a_kill_at_once()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.FlushAsync();
        await WriteAsync(tier, "key", Bytes(2));

        Assert.That(await ReadAsync(OpenAfterKill(), "key"), Is.EqualTo(Bytes(2)));
    }

    [Test]
    public async Task A_journal_position_survives_a_kill_at_once_and_so_do_the_removals_before_it()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.FlushAsync();
        await RemoveAsync(tier, "key");
        await WritePositionAsync(tier, 9);

        DiskTier after = OpenAfterKill();
        Assert.That(await PositionAsync(after), Is.EqualTo(new JournalId(9, 0)));
        Assert.That(await ReadAsync(after, "key"), Is.Null);
    }

    [Test]
    public async Task The_journal_position_outlives_the_segment_it_was_written_to()
    {
        DiskTier tier = Open();
        await WritePositionAsync(tier, 9);
        await FillAsync(tier, segments: 10);

        Assert.That(await PositionAsync(OpenAfterKill()), Is.EqualTo(new JournalId(9, 0)));
        await tier.DisposeAsync();
        Assert.That(await PositionAsync(Open()), Is.EqualTo(new JournalId(9, 0)));
    }

    [Test]
    public async Task A_removed_entry_stays_removed_while_its_segment_and_that_of_the_removal_go()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await FillAsync(tier, segments: 1);
        await RemoveAsync(tier, "key");
        for (int i = 0; i < 8; i++)
        {
            await FillAsync(tier, segments: 1);
            Assert.That(await ReadAsync(OpenAfterKill(), "key"), Is.Null, $"after {i} more segments");
        }
    }

    [Test]
    public async Task The_newest_segment_is_gone_on_with_after_a_restart()
    {
        for (int i = 0; i < 20; i++)
        {
            DiskTier tier = Open();
            await WriteAsync(tier, $"key{i}", Bytes(i));
            await tier.DisposeAsync();
        }

        Assert.That(Folder.Segments, Has.Length.EqualTo(1));
        DiskTier last = Open();
        for (int i = 0; i < 20; i++)
            Assert.That(await ReadAsync(last, $"key{i}"), Is.EqualTo(Bytes(i)));
    }

    [Test]
    public async Task A_run_that_only_reads_leaves_the_files_as_they_are()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.DisposeAsync();
        byte[] before = await File.ReadAllBytesAsync(Folder.Segments[0]);
        tier = Open();
        await ReadAsync(tier, "key");
        await tier.DisposeAsync();

        Assert.That(await File.ReadAllBytesAsync(Folder.Segments[0]), Is.EqualTo(before));
    }

    [Test]
    public async Task An_ended_entry_does_not_uncover_an_older_one_of_its_key()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await WriteAsync(tier, "key", Bytes(2), new TierLifetime(TimeSpan.FromMinutes(1)));
        await tier.DisposeAsync();
        Time.Advance(TimeSpan.FromMinutes(2));

        Assert.That(await ReadAsync(Open(), "key"), Is.Null);
    }

    [Test]
    public async Task An_extended_sliding_entry_lives_on_exactly_after_a_clean_end()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1), new TierLifetime(null, TimeSpan.FromHours(8)));
        Time.Advance(TimeSpan.FromMinutes(30));
        await ReadAsync(tier, "key", TierRead.DataAndLifetime);
        await tier.DisposeAsync();
        tier = Open();
        Time.Advance(TimeSpan.FromHours(8) - TimeSpan.FromTicks(1));

        Assert.That(await ReadAsync(tier, "key"), Is.Not.Null);
        Time.Advance(TimeSpan.FromTicks(1));
        Assert.That(await ReadAsync(tier, "key"), Is.Null);
    }

    [Test]
    public async Task After_a_kill_an_extended_sliding_entry_has_lost_an_eighth_of_its_window_at_most()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1), new TierLifetime(null, TimeSpan.FromHours(8)));
        for (int i = 0; i < 50; i++)
        {
            Time.Advance(TimeSpan.FromMinutes(20));
            await tier.RefreshAsync("key", CancellationToken.None);
        }
        await tier.FlushAsync();
        DiskTier after = OpenAfterKill();
        Time.Advance(TimeSpan.FromHours(6.9));

        Assert.That(await ReadAsync(after, "key"), Is.Not.Null);
    }

    [Test]
    public async Task A_smaller_limit_is_kept_from_the_start()
    {
        DiskTier tier = Open(new DiskTierOptions { SegmentSize = 64 * 1024, SizeLimit = 1024 * 1024 });
        await FillAsync(tier, segments: 14);
        await WriteAsync(tier, "last", Bytes(1));
        await tier.DisposeAsync();
        tier = Open();

        Assert.That(await ReadAsync(tier, "last"), Is.EqualTo(Bytes(1)));
        Assert.That(Folder.Bytes, Is.LessThanOrEqualTo(Options.SizeLimit));
    }

    [TestCase(64 * 1024, 256 * 1024)]
    [TestCase(256 * 1024, 64 * 1024)]
    public async Task Another_segment_size_keeps_what_fits(int before, int after)
    {
        DiskTier tier = Open(new DiskTierOptions { SegmentSize = before, SizeLimit = 1024 * 1024 });
        for (int i = 0; i < 150; i++)
            await WriteAsync(tier, $"key{i}", Bytes(i, 3000));
        await tier.DisposeAsync();
        Files.AfterChange = () => Assert.That(Folder.Bytes, Is.LessThanOrEqualTo(1024 * 1024));
        tier = Open(new DiskTierOptions { SegmentSize = after, SizeLimit = 1024 * 1024 });
        for (int i = 150; i < 200; i++)
            await WriteAsync(tier, $"key{i}", Bytes(i, 3000));

        for (int i = 0; i < 200; i++)
            Assert.That(await ReadAsync(tier, $"key{i}"), Is.EqualTo(Bytes(i, 3000)), $"key {i}");
    }

    [Test]
    public async Task Clearing_survives_a_kill_at_once()
    {
        DiskTier tier = Open();
        await FillAsync(tier, segments: 2);
        await WriteAsync(tier, "key", Bytes(1));
        await WritePositionAsync(tier, 3);
        await tier.ClearAsync(CancellationToken.None);
        await WriteAsync(tier, "new", Bytes(2));
        await tier.FlushAsync();

        DiskTier after = OpenAfterKill();
        Assert.That(await ReadAsync(after, "key"), Is.Null);
        Assert.That(await ReadAsync(after, "new"), Is.EqualTo(Bytes(2)));
        Assert.That(await PositionAsync(after), Is.EqualTo(new JournalId(3, 0)));
        Assert.That(after.GetStatistics().Records, Is.EqualTo(1));
    }
}
