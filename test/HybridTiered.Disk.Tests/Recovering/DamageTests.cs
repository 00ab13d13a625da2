using HybridTiered.Disk.Tests.Support;

namespace HybridTiered.Disk.Tests.Recovering;

/// <summary>Whatever happens to the files: a right value or none, and no failure to start.</summary>
[Category("Unit")]
public sealed class DamageTests : DiskFixture
{
    private readonly Content _content = new();

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_flipped_bit_never_yields_a_wrong_value(bool closed)
    {
        const int Seed = 20260101;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        TemporaryFolder folder = await PrepareAsync(closed);
        int intact = 0;
        int opened = 0;
        foreach (string path in folder.Segments)
        {
            byte[] bytes = await File.ReadAllBytesAsync(path);
            for (int at = 0; at < bytes.Length; at += InterestingStep(at, bytes.Length))
            {
                byte[] damaged = [.. bytes];
                damaged[at] ^= (byte)(1 << random.Next(8));
                await File.WriteAllBytesAsync(path, damaged);
                using TemporaryFolder copy = folder.Copy();
                await using DiskTier tier = OpenCopy(copy);
                int found = await _content.VerifyAsync(tier, $"bit flipped at {at} of {bytes.Length} in {Path.GetFileName(path)}");
                intact += found;
                opened++;
                Assert.That((await PositionAsync(tier)).Time, Is.LessThanOrEqualTo(5));
            }
            await File.WriteAllBytesAsync(path, bytes);
        }

        TestContext.Out.WriteLine($"{opened} openings, {(double)intact / opened:n1} entries left on average");
        Assert.That(opened, Is.GreaterThan(1000));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_value_with_a_flipped_bit_costs_its_own_key_alone(bool closed)
    {
        DiskTier tier = Open();
        for (int i = 0; i < 10; i++)
            await WriteAsync(tier, $"key{i}", Bytes(i, 1000));
        await EndAsync(tier, closed);
        TemporaryFolder copy = CopyFolder();
        byte[] bytes = await File.ReadAllBytesAsync(copy.Segments[0]);
        int at = bytes.AsSpan().IndexOf(Bytes(4, 1000)) + 500;
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(copy.Segments[0], bytes);

        DiskTier after = OpenCopy(copy);
        for (int i = 0; i < 10; i++)
            Assert.That(await ReadAsync(after, $"key{i}"), i == 4 ? Is.Null : Is.EqualTo(Bytes(i, 1000)));
        Assert.That(after.GetStatistics().Damaged, Is.EqualTo(1));
    }

    [Test]
    public async Task A_damaged_footer_or_header_of_a_closed_segment_costs_nothing()
    {
        TemporaryFolder folder = await PrepareAsync(closed: true);
        int all = await CountAsync(folder);
        foreach (string path in folder.Segments)
        {
            foreach (int at in (int[])[3, 20, 60, -1, -40, -64, -70, -100])
            {
                using TemporaryFolder copy = folder.Copy();
                string damaged = Path.Combine(copy.Path, Path.GetFileName(path));
                byte[] bytes = await File.ReadAllBytesAsync(damaged);
                bytes[at < 0 ? bytes.Length + at : at] ^= 0x40;
                await File.WriteAllBytesAsync(damaged, bytes);
                Assert.That(await CountAsync(copy), Is.EqualTo(all), $"{Path.GetFileName(path)} at {at}");
            }
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_missing_file_never_uncovers_what_it_had_replaced_or_removed(bool closed)
    {
        TemporaryFolder folder = await PrepareAsync(closed);
        foreach (string path in folder.Segments)
        {
            using TemporaryFolder copy = folder.Copy();
            File.Delete(Path.Combine(copy.Path, Path.GetFileName(path)));
            await using DiskTier tier = OpenCopy(copy);

            await _content.VerifyAsync(tier, $"without {Path.GetFileName(path)}");
        }
    }

    [Test]
    public async Task Files_that_were_emptied_filled_with_noise_or_exchanged_are_dropped_and_replaced()
    {
        TemporaryFolder folder = await PrepareAsync(closed: true);
        string[] names = [.. folder.Segments.Select(path => Path.GetFileName(path)!)];
        foreach (string name in names)
        {
            foreach (Action<string, TemporaryFolder> harm in (Action<string, TemporaryFolder>[])
                [
                    (path, _) => File.WriteAllBytes(path, []),
                    (path, _) => File.WriteAllBytes(path, Bytes(1, 30_000)),
                    (path, _) => File.WriteAllBytes(path, new byte[30_000]),
                    (path, copy) => File.Copy(copy.Segments.First(other => other != path), path, overwrite: true),
                ])
            {
                using TemporaryFolder copy = folder.Copy();
                harm(Path.Combine(copy.Path, name), copy);
                await using (DiskTier tier = OpenCopy(copy))
                {
                    await _content.VerifyAsync(tier, $"harmed {name}");
                    await WriteAsync(tier, "new", Bytes(77));
                }
                await using (DiskTier tier = OpenCopy(copy))
                    Assert.That(await ReadAsync(tier, "new"), Is.EqualTo(Bytes(77)));
            }
        }
    }

    [Test]
    public async Task A_segment_of_another_folder_is_not_taken_for_ones_own()
    {
        TemporaryFolder folder = await PrepareAsync(closed: true);
        using var other = new TemporaryFolder();
        DiskTier stranger = OpenCopy(other);
        await WriteAsync(stranger, "key3", Bytes(1000));
        await stranger.DisposeAsync();
        File.Copy(other.Segments[0], folder.Segments[0], overwrite: true);

        await _content.VerifyAsync(OpenCopy(folder), "with a segment of another folder");
    }

    [Test]
    public async Task Files_of_others_are_left_alone()
    {
        string[] names = ["notes.txt", "segment-1.log", "segment-0000000g.log", "segment-00000000.log", "SEGMENT-00000001.LOG", "segment-00000001.log.bak"];
        foreach (string name in names)
            await File.WriteAllTextAsync(Path.Combine(Folder.Path, name), "mine");
        Directory.CreateDirectory(Path.Combine(Folder.Path, "segment-00000001"));
        DiskTier tier = Open();
        await FillAsync(tier, segments: 8);
        await tier.ClearAsync(CancellationToken.None);
        await tier.DisposeAsync();
        await ReadAsync(Open(), "key");

        foreach (string name in names)
            Assert.That(await File.ReadAllTextAsync(Path.Combine(Folder.Path, name)), Is.EqualTo("mine"));
        Assert.That(Directory.Exists(Path.Combine(Folder.Path, "segment-00000001")), Is.True);
    }

    [Test]
    public async Task A_file_that_cannot_be_read_does_not_keep_the_tier_from_starting()
    {
        DiskTier tier = Open();
        await FillAsync(tier, segments: 2);
        await tier.DisposeAsync();
        Files.ReadFails = true;
        tier = Open();

        Assert.That(await ReadAsync(tier, "key"), Is.Null);
    }

    // All of what recovery interprets, and samples of the values.
    private static int InterestingStep(int at, int length) => at < 400 || at > length - 700 ? 1 : at % 5 == 0 ? 151 : 157;

    private async Task<int> CountAsync(TemporaryFolder folder)
    {
        using TemporaryFolder copy = folder.Copy();
        await using DiskTier tier = OpenCopy(copy);
        return await _content.VerifyAsync(tier, "counting");
    }

    private static async Task EndAsync(DiskTier tier, bool closed)
    {
        if (closed)
            await tier.DisposeAsync();
        else
            await tier.FlushAsync();
    }

    /// <summary>Three segments with values that are replaced, removed and extended across them.</summary>
    private async Task<TemporaryFolder> PrepareAsync(bool closed)
    {
        DiskTier tier = Open();
        for (int round = 0; round < 6; round++)
        {
            for (int i = 0; i < 12; i++)
                await WriteAndNoteAsync($"key{i}", Bytes((round * 100) + i, 40 + (i * 20)));
            await WriteAndNoteAsync($"big{round % 2}", Bytes(round, 18_000));
            await RemoveAndNoteAsync($"key{round}");
            if (round > 0)
                await WritePositionAsync(tier, round);
        }
        await RemoveAndNoteAsync("key11");
        await EndAsync(tier, closed);
        Assert.That(Folder.Segments, Has.Length.EqualTo(2).Or.Length.EqualTo(3));
        return CopyFolder();

        async Task WriteAndNoteAsync(string key, byte[] value)
        {
            await WriteAsync(tier, key, value);
            _content.Is(key, value);
        }

        async Task RemoveAndNoteAsync(string key)
        {
            await RemoveAsync(tier, key);
            _content.Is(key, null);
        }
    }
}
