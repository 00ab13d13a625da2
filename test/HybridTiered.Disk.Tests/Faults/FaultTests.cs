using HybridTiered.Disk.Tests.Support;
using HybridTiered.Invalidation;

namespace HybridTiered.Disk.Tests.Faults;

[Category("Fault")]
public sealed class FaultTests : DiskFixture
{
    [TestCase(11)]
    [TestCase(12)]
    [TestCase(13)]
    public async Task A_disk_that_is_full_now_and_then_never_leads_to_a_wrong_value(int seed)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var operations = new RandomOperations(seed);
        DiskTier tier = Open();
        int failures = 0;
        for (int round = 0; round < 60; round++)
        {
            // Full after so many bytes, in the middle of a record or a footer as it happens.
            Files.BytesLeft = random.Next(30_000);
            for (int step = 0; step < 30; step++)
            {
                try
                {
                    await operations.StepAsync(tier);
                }
                catch (IOException)
                {
                    failures++;
                }
            }
            await operations.Content.VerifyAsync(tier, $"full, round {round}");
            Files.BytesLeft = long.MaxValue;

            // Whatever is owed is paid with the next operation, and then holds for the next process, too.
            await WriteAsync(tier, "after", Bytes(round));
            await operations.Content.VerifyAsync(OpenAfterKill(), $"killed, round {round}");
            if (round % 10 == 9)
            {
                await tier.DisposeAsync();
                tier = Open();
                await operations.Content.VerifyAsync(tier, $"restarted, round {round}");
            }
        }

        Assert.That(failures, Is.GreaterThan(100));
    }

    [Test]
    public async Task A_removal_on_a_full_disk_takes_effect_fails_and_is_made_up_for()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.FlushAsync();
        Files.BytesLeft = 0;

        Assert.That(async () => await RemoveAsync(tier, "key"), Throws.InstanceOf<IOException>());
        Assert.That(await ReadAsync(tier, "key"), Is.Null);
        Assert.That(async () => await RemoveAsync(tier, "key"), Throws.InstanceOf<IOException>(), "a retry must not report success");
        Assert.That(async () => await WritePositionAsync(tier, 5), Throws.InstanceOf<IOException>(), "the position would claim the removal");
        DiskTier meanwhile = OpenAfterKill();
        Assert.That(await PositionAsync(meanwhile), Is.EqualTo(JournalId.None));

        Files.BytesLeft = long.MaxValue;
        await RemoveAsync(tier, "key");
        Assert.That(await ReadAsync(OpenAfterKill(), "key"), Is.Null);
    }

    [Test]
    public async Task A_write_that_fails_takes_its_predecessor_along()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.FlushAsync();
        Files.IsReadOnly = true;
        await FailUntilBufferIsFullAsync(tier);

        Assert.That(async () => await WriteAsync(tier, "key", Bytes(2, 40_000)), Throws.InstanceOf<IOException>());
        Assert.That(await ReadAsync(tier, "key"), Is.Null.Or.EqualTo(Bytes(2, 40_000)));
        Files.IsReadOnly = false;
        await tier.FlushAsync();
        await WriteAsync(tier, "other", Bytes(3));
        Assert.That(await ReadAsync(OpenAfterKill(), "key"), Is.Null.Or.EqualTo(Bytes(2, 40_000)));
    }

    [Test]
    public async Task What_a_write_that_was_cut_short_leaves_behind_costs_no_other_entry()
    {
        var options = new DiskTierOptions { SegmentSize = 1 << 20, SizeLimit = 4 << 20 };
        DiskTier tier = Open(options);
        await WriteAsync(tier, "older", Bytes(1));
        await tier.FlushAsync();
        Files.BytesLeft = 100_000;
        Assert.That(async () => await WriteAsync(tier, "large", Bytes(2, 400_000)), Throws.InstanceOf<IOException>());
        Files.BytesLeft = long.MaxValue;
        await WriteAsync(tier, "newer", Bytes(3));
        await tier.FlushAsync();

        DiskTier after = OpenAfterKill(options);
        Assert.That(await ReadAsync(after, "older"), Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync(after, "newer"), Is.EqualTo(Bytes(3)));
        Assert.That(await ReadAsync(after, "large"), Is.Null);
    }

    [Test]
    public async Task Reads_go_on_while_nothing_can_be_written()
    {
        DiskTier tier = Open();
        for (int i = 0; i < 20; i++)
            await WriteAsync(tier, $"key{i}", Bytes(i, 2000));
        Files.IsReadOnly = true;
        await FailUntilBufferIsFullAsync(tier);

        for (int i = 0; i < 20; i++)
            Assert.That(await ReadAsync(tier, $"key{i}", Tiers.TierRead.DataAndLifetime), Is.EqualTo(Bytes(i, 2000)));
    }

    [Test]
    public async Task A_sliding_entry_is_extended_while_nothing_can_be_written()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1), new Tiers.TierLifetime(null, TimeSpan.FromHours(1)));
        await tier.FlushAsync();
        Files.IsReadOnly = true;
        for (int i = 0; i < 5; i++)
        {
            Time.Advance(TimeSpan.FromMinutes(50));
            Assert.That(await ReadAsync(tier, "key", Tiers.TierRead.DataAndLifetime), Is.EqualTo(Bytes(1)));
        }
    }

    [Test]
    public async Task A_flush_that_fails_in_the_background_is_reported_by_the_next_write_and_tried_again()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        Files.FlushFails = true;
        Time.Advance(Options.FlushInterval);

        Assert.That(async () => await WriteAsync(tier, "other", Bytes(2)), Throws.InstanceOf<IOException>().With.Message.Contain("could not be flushed"));
        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(1)));
        Files.FlushFails = false;
        await WriteAsync(tier, "other", Bytes(3));
        Time.Advance(Options.FlushInterval);

        DiskTier after = OpenAfterKill();
        Assert.That(await ReadAsync(after, "key"), Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync(after, "other"), Is.EqualTo(Bytes(3)));
    }

    [Test]
    public async Task A_tier_that_cannot_be_closed_cleanly_gives_the_folder_back_and_loses_nothing_that_was_flushed()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.FlushAsync();
        Files.FlushFails = true;
        Files.BytesLeft = 10;
        await tier.DisposeAsync();
        Files.Heal();

        Assert.That(await ReadAsync(Open(), "key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task A_read_that_fails_throws_instead_of_claiming_that_there_is_nothing()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.FlushAsync();
        Files.ReadFails = true;

        Assert.That(async () => await ReadAsync(tier, "key"), Throws.InstanceOf<IOException>());
        Files.ReadFails = false;
        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task A_bit_that_flips_on_the_way_from_the_disk_is_a_miss()
    {
        DiskTier tier = Open();
        byte[] value = Bytes(1, 20);
        for (int at = 0; at < 56 + 3 + 20; at++)
        {
            await WriteAsync(tier, "key", value);
            await tier.FlushAsync();
            int flipped = at;
            Files.AfterRead = (bytes, _) => bytes.Span[flipped] ^= 4;
            Assert.That(await ReadAsync(tier, "key"), Is.Null, $"byte {at}");
            Files.AfterRead = null;
        }
        Assert.That(tier.GetStatistics().Damaged, Is.EqualTo(56 + 3 + 20));
    }

    [Test]
    public async Task A_segment_that_cannot_be_deleted_stops_writes_rather_than_exceed_the_limit()
    {
        DiskTier tier = Open();
        await FillAsync(tier, segments: 3);
        Files.DeleteFails = true;
        Assert.That(async () => await FillAsync(tier, segments: 10), Throws.InstanceOf<IOException>());
        int failures = 0;
        for (int i = 0; i < 100; i++)
        {
            try
            {
                await WriteAsync(tier, "big", Bytes(i, 50_000));
            }
            catch (IOException)
            {
                failures++;
            }
        }
        Assert.That(failures, Is.GreaterThan(90));
        Assert.That(Folder.Bytes, Is.LessThanOrEqualTo(Options.SizeLimit));

        Files.DeleteFails = false;
        await FillAsync(tier, segments: 10);
        await WriteAsync(tier, "key", Bytes(1));
        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task What_cannot_be_opened_is_tried_again_by_the_next_operation()
    {
        string blocked = Path.Combine(Folder.Path, "file");
        await File.WriteAllTextAsync(blocked, "in the way");
        await using var tier = new DiskTier(new DiskTierOptions { Directory = blocked });
        Assert.That(async () => await WriteAsync(tier, "key", Bytes(1)), Throws.InstanceOf<IOException>());
        File.Delete(blocked);
        await WriteAsync(tier, "key", Bytes(1));

        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(1)));
    }

    private static async Task FailUntilBufferIsFullAsync(DiskTier tier)
    {
        int failures = 0;
        for (int i = 0; i < 200; i++)
        {
            try
            {
                await WriteAsync(tier, $"full{i}", Bytes(i, 2000));
            }
            catch (IOException)
            {
                failures++;
            }
        }
        Assert.That(failures, Is.Positive);
    }
}
