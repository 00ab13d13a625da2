using System.Buffers.Binary;

namespace HybridTiered.Disk.Tests;

/// <summary>The time of a tag's invalidation kills entries, so it has to last as a removal does.</summary>
[Category("Unit")]
public sealed class TagTimeTests : DiskFixture
{
    private const string Record = "__MSFT_HCT__tag";

    [Test]
    public async Task It_survives_a_kill_right_behind_the_call()
    {
        DiskTier tier = Open();

        await RaiseAsync(tier, 7);

        Assert.That(await TimeAsync(OpenAfterKill()), Is.EqualTo(7));
    }

    [Test]
    public async Task A_later_time_replaces_an_earlier_one_and_an_earlier_one_nothing()
    {
        DiskTier tier = Open();
        await RaiseAsync(tier, 7);
        await RaiseAsync(tier, 9);

        await RaiseAsync(tier, 8);

        Assert.That((await TimeAsync(tier), await TimeAsync(OpenAfterKill())), Is.EqualTo((9, 9)));
    }

    [Test]
    public async Task It_replaces_what_is_no_time()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, Record, Bytes(1, 20));

        await RaiseAsync(tier, 7);

        Assert.That(await TimeAsync(tier), Is.EqualTo(7));
    }

    [Test]
    public async Task A_time_that_could_not_be_written_is_written_by_the_next_attempt()
    {
        DiskTier tier = Open();
        await WriteAsync(tier, "key", Bytes(1));
        await tier.FlushAsync();
        Files.BytesLeft = 0;
        Assert.That(async () => await RaiseAsync(tier, 7), Throws.InstanceOf<IOException>());
        Files.Heal();

        await RaiseAsync(tier, 7);

        Assert.That(await TimeAsync(OpenAfterKill()), Is.EqualTo(7));
    }

    private static ValueTask RaiseAsync(DiskTier tier, long time) => tier.RaiseTagTimeAsync(Record, time, Day, CancellationToken.None);

    private static async Task<long> TimeAsync(DiskTier tier) => await ReadAsync(tier, Record) is { } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : 0;
}
