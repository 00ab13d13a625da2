using HybridTiered.Tiers;

namespace HybridTiered.Disk.Tests;

[Category("Unit")]
public sealed class DiskTierOptionsTests : DiskFixture
{
    [Test]
    public void The_defaults_lack_nothing_but_the_folder()
    {
        Assert.That(new DiskTierOptions { Directory = "cache" }.Validate(), Is.Empty);
        Assert.That(new DiskTierOptions().Validate(), Has.One.Contains("Directory is ''"));
    }

    [TestCase(65535, 1L << 30, 1000, "SegmentSize is 65535", "65536 to 1073741824 bytes")]
    [TestCase(1L << 31, 1L << 40, 1000, "SegmentSize is 2147483648", "65536 to 1073741824 bytes")]
    [TestCase(65536, 262143, 1000, "SizeLimit is 262143", "262144 bytes")]
    [TestCase(65536, -5, 1000, "SizeLimit is -5", "262144 bytes")]
    [TestCase(65536, 262144, 9, "FlushInterval is 00:00:00.0090000", "10 milliseconds to 10 minutes")]
    [TestCase(65536, 262144, 600_001, "FlushInterval is 00:10:00.0010000", "10 milliseconds to 10 minutes")]
    public void A_mistake_is_told_with_the_value_and_what_is_allowed(long segment, long limit, int flushMilliseconds, string value, string allowed)
    {
        var options = new DiskTierOptions
        {
            Directory = "cache",
            SegmentSize = segment,
            SizeLimit = limit,
            FlushInterval = TimeSpan.FromMilliseconds(flushMilliseconds),
        };

        Assert.That(options.Validate(), Has.Count.EqualTo(1));
        Assert.That(options.Validate()[0], Does.Contain(value).And.Contain(allowed));
        Assert.That(() => new DiskTier(options), Throws.ArgumentException.With.Message.Contain(value));
    }

    [Test]
    public void All_mistakes_are_told_at_once()
    {
        var options = new DiskTierOptions { SegmentSize = 1, FlushInterval = TimeSpan.Zero };

        Assert.That(() => new DiskTier(options), Throws.ArgumentException.With.Message.Contain("Directory").And.Message.Contain("SegmentSize").And.Message.Contain("FlushInterval"));
    }

    [Test]
    public async Task The_constructor_touches_no_file()
    {
        string path = Path.Combine(Folder.Path, "not", "there");
        var tier = new DiskTier(new DiskTierOptions { Directory = path });
        Assert.That(Directory.Exists(path), Is.False);

        await WriteAsync(tier, "key", Bytes(1));
        await tier.DisposeAsync();
        Assert.That(Directory.Exists(path), Is.True);
    }

    [Test]
    public async Task Its_reach_is_the_machine()
    {
        await using DiskTier tier = Open();

        Assert.That(tier.Reach, Is.EqualTo(TierReach.Machine));
    }

    [Test]
    public async Task Operations_after_disposal_say_so()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.DisposeAsync();

        Assert.That(async () => await ReadAsync(tier, "key"), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(async () => await WriteAsync(tier, "key", Bytes(1)), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_key_with_a_lone_surrogate_is_refused_rather_than_confused_with_another()
    {
        DiskTier tier = Open();

        Assert.That(async () => await WriteAsync(tier, "a\ud800", Bytes(1)), Throws.InstanceOf<ArgumentException>());
        Assert.That(async () => await ReadAsync(tier, "a\udbff"), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public async Task An_entry_too_large_for_a_segment_is_refused_and_takes_its_predecessor_along()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));

        Assert.That(
            async () => await WriteAsync(tier, "key", new byte[64 * 1024]),
            Throws.InstanceOf<EntryTooLargeException>().With.Property(nameof(EntryTooLargeException.Limit)).InRange(64_000, 64 * 1024).And.Property(nameof(EntryTooLargeException.Size)).GreaterThan(64 * 1024));
        Assert.That(await ReadAsync(tier, "key"), Is.Null);
    }
}
