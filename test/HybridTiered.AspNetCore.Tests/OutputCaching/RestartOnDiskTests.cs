using HybridTiered.AspNetCore.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.AspNetCore.Tests.OutputCaching;

[TestFixture, Category("Web")]
public sealed class RestartOnDiskTests
{
    private DirectoryInfo _directory = null!;
    private int _renderings;

    [SetUp]
    public void CreateDirectory() => _directory = Directory.CreateTempSubdirectory("hybridtiered-pages-");

    [TearDown]
    public void DeleteDirectory() => _directory.Delete(recursive: true);

    [Test]
    public async Task Pages_survive_a_restart_on_disk_and_so_does_their_eviction()
    {
        await using (WebApp app = await StartAsync())
            Assert.That(await app.GetAsync("/page"), Is.EqualTo("1"));

        await using (WebApp app = await StartAsync())
        {
            Assert.That(await app.GetAsync("/page"), Is.EqualTo("1"));
            await app.Services.GetRequiredService<IOutputCacheStore>().EvictByTagAsync("page", default);
        }

        await using (WebApp app = await StartAsync())
            Assert.That(await app.GetAsync("/page"), Is.EqualTo("2"));
    }

    private Task<WebApp> StartAsync() => WebApp.StartAsync(
        services => services.AddHybridTiered(cache => cache.AddMemory().AddDisk(_directory.FullName)).AddHybridTieredOutputCache().AddOutputCache(),
        app =>
        {
            app.UseOutputCache();
            app.MapGet("/page", () => $"{++_renderings}").CacheOutput(policy => policy.Expire(TimeSpan.FromMinutes(10)).Tag("page"));
        });
}
