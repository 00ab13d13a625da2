using HybridTiered.Disk.Tests.Support;
using HybridTiered.Invalidation;

namespace HybridTiered.Disk.Tests.Recovering;

/// <summary>A process that is killed while it writes leaves the beginning of what it wanted to write.</summary>
[Category("Unit")]
public sealed class TruncationTests : DiskFixture
{
    [Test]
    public async Task Cut_at_any_byte_the_log_is_what_its_whole_records_say()
    {
        DiskTier tier = Open();
        const int Header = 56;
        var states = new SortedList<long, (Dictionary<string, byte[]?> Values, long Position)>();
        var values = new Dictionary<string, byte[]?>();
        long position = 0;
        long end = 64;
        states[end] = ([], 0);

        await StepAsync("a", Bytes(1, 40));
        await StepAsync("b", Bytes(2, 0));
        await StepAsync("a", Bytes(3, 61));
        await StepAsync("b", null);
        await PositionStepAsync(7);
        await StepAsync("c", Bytes(4, 33));
        await StepAsync("a", null);
        await PositionStepAsync(8);
        await tier.ClearAsync(CancellationToken.None);
        values.Clear();
        Note(recordLength: Header);
        await StepAsync("c", Bytes(5, 20));
        await tier.FlushAsync();

        TemporaryFolder whole = CopyFolder();
        Assert.That(new FileInfo(whole.Segments[^1]).Length, Is.EqualTo(end), "the test knows the lengths of records");
        for (long length = end; length >= 64; length--)
        {
            TemporaryFolder cut = whole.Copy();
            using (FileStream file = File.OpenWrite(cut.Segments[^1]))
                file.SetLength(length);
            (Dictionary<string, byte[]?> expected, long expectedPosition) = states.Last(state => state.Key <= length).Value;
            await using (DiskTier after = OpenCopy(cut))
            {
                foreach (string key in (string[])["a", "b", "c"])
                    Assert.That(await ReadAsync(after, key), Is.EqualTo(expected.GetValueOrDefault(key)), $"'{key}', cut at {length}");
                Assert.That(await PositionAsync(after), Is.EqualTo(new JournalId(expectedPosition, 0)), $"cut at {length}");

                // What is written behind the cut is found again, too.
                await WriteAsync(after, "after", Bytes(6));
            }
            await using (DiskTier again = OpenCopy(cut))
                Assert.That(await ReadAsync(again, "after"), Is.EqualTo(Bytes(6)), $"cut at {length}");
            cut.Dispose();
        }

        async Task StepAsync(string key, byte[]? value)
        {
            if (value is null)
                await RemoveAsync(tier, key);
            else
                await WriteAsync(tier, key, value);
            values[key] = value;
            Note(Header + (value is null ? 0 : key.Length + value.Length));
        }

        async Task PositionStepAsync(long next)
        {
            await WritePositionAsync(tier, position = next);
            Note(Header + 16);
        }

        void Note(long recordLength)
        {
            states[end + recordLength] = (new Dictionary<string, byte[]?>(values), position);
            end += (recordLength + 7) / 8 * 8;
        }
    }

    [TestCase(1)]
    [TestCase(64)]
    [TestCase(5_000)]
    [TestCase(50_000)]
    public async Task A_segment_without_footer_that_ends_too_early_uncovers_nothing(int missing)
    {
        DiskTier tier = Open();
        var content = new Content();
        for (int i = 0; i < 60; i++)
        {
            await WriteAsync(tier, $"key{i % 20}", Bytes(i, 3000));
            content.Is($"key{i % 20}", Bytes(i, 3000));
        }
        TemporaryFolder copy = CopyFolder();
        Assert.That(copy.Segments, Has.Length.EqualTo(3), "none of them was closed, because no flush interval has passed");
        using (FileStream file = File.OpenWrite(copy.Segments[1]))
            file.SetLength(file.Length - missing);

        await content.VerifyAsync(OpenCopy(copy), "cut in the middle of the log");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(63)]
    [TestCase(64)]
    public async Task A_segment_whose_creation_was_interrupted_costs_nothing(int length)
    {
        DiskTier tier = Open();
        for (int i = 0; i < 30; i++)
            await WriteAsync(tier, $"key{i}", Bytes(i, 1000));
        await tier.FlushAsync();
        TemporaryFolder copy = CopyFolder();
        await File.WriteAllBytesAsync(Path.Combine(copy.Path, "segment-00000002.log"), new byte[length]);

        for (int restart = 0; restart < 3; restart++)
        {
            DiskTier after = OpenCopy(copy);
            for (int i = 0; i < 30; i++)
                Assert.That(await ReadAsync(after, $"key{i}"), Is.EqualTo(Bytes(i, 1000)));
            await WriteAsync(after, $"more{restart}", Bytes(1, 40_000));
            await after.DisposeAsync();
        }
    }

    [Test]
    public async Task Zeros_where_a_loss_of_power_kept_the_length_but_not_the_bytes_cost_only_that_stretch()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "kept", Bytes(1));
        await tier.FlushAsync();
        TemporaryFolder copy = CopyFolder();
        using (FileStream file = File.OpenWrite(copy.Segments[0]))
            file.SetLength(file.Length + 10_000);

        DiskTier after = OpenCopy(copy);
        Assert.That(await ReadAsync(after, "kept"), Is.EqualTo(Bytes(1)));
        Assert.That(after.GetStatistics().Damaged, Is.Zero);
    }
}
