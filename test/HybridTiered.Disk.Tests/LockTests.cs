namespace HybridTiered.Disk.Tests;

[Category("Unit")]
public sealed class LockTests : DiskFixture
{
    [Test]
    public async Task A_second_tier_on_the_folder_is_told_so_until_the_first_is_gone()
    {
        DiskTier first = Open();
        await WriteAsync(first, "key", Bytes(1));
        DiskTier second = Open();

        Assert.That(
            async () => await ReadAsync(second, "key"),
            Throws.TypeOf<IOException>().With.Message.Contain(Folder.Path).And.Message.Contain("in use").And.Message.Contain("another process"));
        await first.DisposeAsync();
        Assert.That(await ReadAsync(second, "key"), Is.EqualTo(Bytes(1)));
    }

    [Test]
    public async Task A_tier_that_was_never_used_does_not_hold_the_folder()
    {
        Open();
        DiskTier second = Open();
        await WriteAsync(second, "key", Bytes(1));

        Assert.That(await ReadAsync(second, "key"), Is.EqualTo(Bytes(1)));
    }
}
