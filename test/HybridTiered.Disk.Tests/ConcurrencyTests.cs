using HybridTiered.Entries;
using HybridTiered.Tiers;

namespace HybridTiered.Disk.Tests;

[Category("Unit")]
public sealed class ConcurrencyTests : DiskFixture
{
    [Test]
    public async Task A_record_is_read_to_its_end_although_its_segment_is_recycled_meanwhile()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1, 3000));
        await FillAsync(tier, segments: 1);
        string segment = Folder.Segments[0];
        Files.AfterRead = (_, _) =>
        {
            Files.AfterRead = null;
            FillAsync(tier, segments: 8).GetAwaiter().GetResult();
        };

        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(1, 3000)));
        Assert.That(File.Exists(segment), Is.False);
    }

    [Test]
    public async Task A_record_overwritten_while_it_is_read_is_read_as_it_was()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1, 3000));
        await tier.FlushAsync();
        Files.AfterRead = (_, _) =>
        {
            Files.AfterRead = null;
            WriteAsync(tier, "key", Bytes(2, 3000)).GetAwaiter().GetResult();
        };

        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(1, 3000)));
        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(2, 3000)));
    }

    [Test]
    public async Task A_removal_by_pattern_also_finds_entries_that_are_carried_over_while_it_looks()
    {
        DiskTier tier = Open();
        for (int i = 0; i < 40; i++)
        {
            await WriteAsync(tier, $"doomed{i}", Bytes(i, 2000));
            await WriteAsync(tier, $"kept{i}", Bytes(i, 2000));
        }
        await tier.FlushAsync();
        for (int i = 0; i < 40; i++)
        {
            await ReadAsync(tier, $"doomed{i}");
            await ReadAsync(tier, $"kept{i}");
        }
        Files.AfterRead = (_, _) =>
        {
            Files.AfterRead = null;
            FillAsync(tier, segments: 3).GetAwaiter().GetResult();
        };

        long removed = await tier.RemoveByPatternAsync(new GlobPattern("doomed*"), "", CancellationToken.None);

        Assert.That(tier.GetStatistics().CarriedOver, Is.Positive, "the scan was overtaken");
        Assert.That(removed, Is.InRange(30, 40), "what was recycled unscanned and had no room to be carried over is gone, but not counted");
        int kept = 0;
        for (int i = 0; i < 40; i++)
        {
            Assert.That(await ReadAsync(tier, $"doomed{i}"), Is.Null);
            kept += await ReadAsync(tier, $"kept{i}") is null ? 0 : 1;
        }
        Assert.That(kept, Is.Positive);
        Assert.That(await ReadAsync(OpenAfterKill(), "doomed39"), Is.Null);
    }

    [Test]
    public async Task A_cancelled_removal_by_pattern_stops()
    {
        DiskTier tier = Open();
        for (int i = 0; i < 1000; i++)
            await WriteAsync(tier, $"key{i}", []);
        await tier.FlushAsync();
        using var source = new CancellationTokenSource();
        Files.AfterRead = (_, _) => source.Cancel();

        Assert.That(
            async () => await tier.RemoveByPatternAsync(new GlobPattern("*"), "", source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await ReadAsync(tier, "key999"), Is.Not.Null);
    }

    [Test]
    public async Task An_entry_in_the_buffer_is_read_while_it_is_handed_to_the_operating_system()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        byte[]? seen = null;
        Files.AfterChange = () =>
        {
            // The bytes are in the file, and the log does not know it yet.
            Files.AfterChange = null;
            seen = ReadAsync(tier, "key").GetAwaiter().GetResult();
        };
        await tier.FlushAsync();

        Assert.That(seen, Is.EqualTo(Bytes(1)));
        Assert.That(await ReadAsync(tier, "key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task First_operations_that_come_together_open_the_folder_once()
    {
        DiskTier tier = Open();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => WriteAsync(tier, $"key{i}", Bytes(i)))));
        for (int i = 0; i < 16; i++)
            Assert.That(await ReadAsync(tier, $"key{i}"), Is.EqualTo(Bytes(i)));
    }

    [Test]
    public async Task Disposal_waits_for_an_opening_under_way()
    {
        DiskTier tier = Open();
        Task write = WriteAsync(tier, "key", Bytes(1));
        await tier.DisposeAsync();
        try
        {
            await write;
        }
        catch (ObjectDisposedException)
        {
            // The write lost the race; what counts is that the folder is free again.
        }

        await WriteAsync(Open(), "key", Bytes(2));
    }

    [Test]
    public async Task Readers_writers_removers_and_recycling_together_yield_whole_values_of_the_right_key()
    {
        const int Seed = 5;
        TestContext.Out.WriteLine($"seed {Seed}");
        DiskTier tier = Open();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            var random = new Random(Seed + worker);
            for (int i = 0; i < 3000; i++)
            {
                int key = random.Next(50);
                switch (random.Next(10))
                {
                    case < 4:
                        await WriteAsync(tier, $"key{key}", ValueOf(key, random));
                        break;
                    case 4:
                        await RemoveAsync(tier, $"key{key}");
                        break;
                    case 5 when i % 50 == 0:
                        await tier.FlushAsync();
                        break;
                    default:
                        Verify(key, await ReadAsync(tier, $"key{key}", TierRead.DataAndLifetime));
                        break;
                }
            }
        })));

        DiskTier after = OpenAfterKill();
        for (int key = 0; key < 50; key++)
        {
            Verify(key, await ReadAsync(tier, $"key{key}"));
            Verify(key, await ReadAsync(after, $"key{key}"));
        }
        Assert.That(tier.GetStatistics().Damaged, Is.Zero);

        static byte[] ValueOf(int key, Random random)
        {
            int variant = random.Next(100);
            return [(byte)key, (byte)variant, .. Bytes((key * 100) + variant, variant * 40)];
        }

        static void Verify(int key, byte[]? value)
        {
            if (value is not null)
                Assert.That(value[0] == key && value.AsSpan(2).SequenceEqual(Bytes((key * 100) + value[1], value[1] * 40)), Is.True);
        }
    }
}
