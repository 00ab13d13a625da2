using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HybridTiered.Disk.Tests;

[TestFixture, Category("Unit")]
public sealed class DiskBuilderTests
{
    private DirectoryInfo _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("hybridtiered-disk-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public async Task A_restarted_cache_finds_on_disk_what_it_had_computed()
    {
        await using (ServiceProvider first = Start())
            await first.GetRequiredService<TieredCache>().GetOrCreateAsync("k", _ => new ValueTask<string>("v"), tags: ["t"]);

        await using ServiceProvider second = Start();
        CacheResult<string> found = await second.GetRequiredService<ITieredCache>().TryGetAsync<string>("k");

        Assert.That(found, Is.EqualTo(new CacheResult<string>(true, "v", 2)));
    }

    [Test]
    public async Task A_restarted_cache_does_not_find_what_was_invalidated_by_tag()
    {
        await using (ServiceProvider first = Start())
        {
            TieredCache cache = first.GetRequiredService<TieredCache>();
            await cache.SetAsync("k", "v", tags: ["t"]);
            await cache.RemoveByTagAsync("t");
        }

        await using ServiceProvider second = Start();

        Assert.That((await second.GetRequiredService<ITieredCache>().TryGetAsync<string>("k")).Found, Is.False);
    }

    [Test]
    public async Task Mistakes_of_the_chain_and_of_the_disk_are_reported_together()
    {
        await using ServiceProvider services = Start(disk => (disk.TtlScale, disk.SegmentSize) = (-1, 1));

        string message = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<TieredCache>())!.Message;

        Assert.That(message, Does.Contain("TtlScale is -1").And.Contain("SegmentSize is 1"));
    }

    private ServiceProvider Start(Action<DiskTierOptions>? configure = null) =>
        new ServiceCollection().AddHybridTiered(cache => cache.AddMemory().AddDisk(_folder.FullName, configure)).BuildServiceProvider();
}
