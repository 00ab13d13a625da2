using System.Text.Json;
using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Redis;
using HybridTiered.TestServers.Storefront;
using static HybridTiered.Storefront.Tests.StorefrontPair;

namespace HybridTiered.Storefront.Tests;

/// <summary>What the disk below memory is for.</summary>
[TestFixture, Category("Web")]
public sealed class RestartTests
{
    private DirectoryInfo _data = null!;

    [SetUp]
    public void CreateFolder() => _data = Directory.CreateTempSubdirectory("storefront-data-");

    [TearDown]
    public void DeleteFolder() => _data.Delete(recursive: true);

    [Test]
    public async Task After_a_restart_the_first_read_of_a_known_product_comes_from_the_disk()
    {
        using (Shop shop = await OpenAsync())
        {
            Assert.That(await ReadTwiceAsync(shop, "/products/1"), Is.EqualTo(("source", "L1")));
            Assert.That(await ReadTwiceAsync(shop, "/categories/tea"), Is.EqualTo(("source", "L1")));
        }

        using Shop restarted = await OpenAsync();

        Assert.That(await ReadTwiceAsync(restarted, "/products/1"), Is.EqualTo(("L2", "L1")));
        Assert.That(await ReadTwiceAsync(restarted, "/categories/tea"), Is.EqualTo(("L2", "L1")));
        Assert.That(await ReadTwiceAsync(restarted, "/products/2"), Is.EqualTo(("source", "L1")));
    }

    [TestCase("/cache/keys/product:1", "source", "L2")]
    [TestCase("/cache/tags/products", "source", "source")]
    [TestCase("/cache/tags/*", "source", "source")]
    [TestCase("/cache?pattern=*:1", "source", "L2")]
    public async Task What_was_invalidated_does_not_come_back_with_a_process_that_was_killed(string path, string tierOf1, string tierOf2)
    {
        using (Shop shop = await OpenAsync())
        {
            await ReadTwiceAsync(shop, "/products/1");
            await ReadTwiceAsync(shop, "/products/2");
        }
        using (Shop shop = await OpenAsync())
        {
            await ReadTwiceAsync(shop, "/products/2");
            using HttpResponseMessage response = await shop.Client.DeleteAsync(new Uri(path, UriKind.Relative));
            response.EnsureSuccessStatusCode();
            shop.Server.Process.Kill();
        }

        using Shop restarted = await OpenAsync();

        Assert.That((await GetAsync(restarted.Client, "/products/1")).Tier, Is.EqualTo(tierOf1));
        Assert.That((await GetAsync(restarted.Client, "/products/2")).Tier, Is.EqualTo(tierOf2));
    }

    [Test]
    public async Task A_change_outlives_a_restart_in_the_catalogue_as_in_the_cache()
    {
        using (Shop shop = await OpenAsync())
        {
            await ReadTwiceAsync(shop, "/products/1");
            Assert.That(await PutAsync(shop.Client, 1), Is.EqualTo((2, true)));
            await ReadTwiceAsync(shop, "/products/1");
        }

        using Shop restarted = await OpenAsync();

        Assert.That(await GetAsync(restarted.Client, "/products/1"), Is.EqualTo(("L2", 2)));
        Assert.That((await PutAsync(restarted.Client, 1)).Version, Is.EqualTo(3));
        Assert.That(await GetAsync(restarted.Client, "/products/1"), Is.EqualTo(("source", 3)));
    }

    [Test]
    public async Task A_second_storefront_on_the_folder_says_what_is_wrong_and_ends()
    {
        using Shop shop = await OpenAsync();

        using ServerProcess second = StorefrontServer.Run("--urls", "http://127.0.0.1:0", "--data", _data.FullName);
        await Eventually.TrueAsync(() => second.HasExited, "the second storefront ends");
        second.WaitForExit();

        Assert.That(second.ExitCode, Is.EqualTo(2));
        Assert.That(second.Output.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(second.Output, Does.Contain(_data.FullName).And.Contain("another storefront uses it").And.Contain("--data"));
        Assert.That((await GetAsync(shop.Client, "/products/1")).Tier, Is.EqualTo("source"));
    }

    [TestCase("")]
    [TestCase("/dev/null/folder")]
    public async Task A_folder_that_is_none_is_named(string folder)
    {
        using ServerProcess process = StorefrontServer.Run("--data", folder);
        await Eventually.TrueAsync(() => process.HasExited, "the storefront ends");
        process.WaitForExit();

        Assert.That(process.ExitCode, Is.EqualTo(2));
        Assert.That(process.Output.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(process.Output, Does.StartWith($"The folder '{folder}' cannot be used"));
    }

    [Test]
    public async Task Two_at_different_addresses_have_folders_of_their_own_and_find_them_again()
    {
        (int first, int second) = (FreePort.Next(), FreePort.Next());
        try
        {
            using (Shop a = await OpenAtAsync(first))
            using (Shop b = await OpenAtAsync(second))
            {
                Assert.That(await ReadTwiceAsync(a, "/products/1"), Is.EqualTo(("source", "L1")));
                Assert.That(await ReadTwiceAsync(b, "/products/1"), Is.EqualTo(("source", "L1")));
            }

            using Shop again = await OpenAtAsync(first);

            Assert.That(await ReadTwiceAsync(again, "/products/1"), Is.EqualTo(("L2", "L1")));
        }
        finally
        {
            foreach (int port in new[] { first, second })
                Directory.Delete(Path.Combine(StorefrontServer.Folder, "data", $"{port}"), recursive: true);
        }
    }

    [Test, Category("Redis")]
    public async Task With_Redis_and_a_folder_the_disk_is_between_memory_and_Redis()
    {
        const int Known = 200;
        await using RedisServer redis = await RedisServer.StartAsync();
        string[] withRedis =
            ["--redis", redis.EndPoint, "--catalogue", Path.Combine(_data.FullName, "changes"), "--HybridTiered:JournalInterval", "00:00:00.1"];
        using (Shop shop = await OpenAsync(withRedis))
        {
            // Only with an entry in the journal can a restarted process tell that it has missed nothing.
            await PutAsync(shop.Client, Known + 1);
            await Task.WhenAll(Enumerable.Range(1, Known).Select(id => GetAsync(shop.Client, $"/products/{id}")));
            await Eventually.TrueAsync(async () => await JournalTimeAsync(shop) > 0, "the journal was followed");
        }

        // The disk is read as soon as it has caught up with the journal, and Redis until then.
        using (Shop restarted = await OpenAsync(withRedis))
        {
            int id = 0;
            await Eventually.TrueAsync(async () => id < Known && (await GetAsync(restarted.Client, $"/products/{++id}")).Tier == "L2", "the disk answers");
        }
        Directory.Delete(Path.Combine(_data.FullName, "cache"), recursive: true);
        using Shop emptied = await OpenAsync(withRedis);
        Assert.That((await GetAsync(emptied.Client, "/products/1")).Tier, Is.EqualTo("L3"));
    }

    private Task<Shop> OpenAsync(params IEnumerable<string> arguments) => Shop.OpenAsync(["--data", _data.FullName, .. arguments]);

    private static Task<Shop> OpenAtAsync(int port) => Shop.OpenAsync("--urls", $"http://127.0.0.1:{port}");

    private static async Task<(string First, string Second)> ReadTwiceAsync(Shop shop, string path) =>
        ((await GetAsync(shop.Client, path)).Tier, (await GetAsync(shop.Client, path)).Tier);

    private static async Task<long> JournalTimeAsync(Shop shop) =>
        JsonSerializer.Deserialize<JsonElement>(await shop.Client.GetStringAsync(new Uri("/stats", UriKind.Relative)))
            .GetProperty("cache").GetProperty("invalidations").GetProperty("journalPosition").GetProperty("time").GetInt64();

    /// <summary>An open storefront; disposing it closes it as SIGTERM does.</summary>
    private sealed record Shop(StorefrontServer Server, HttpClient Client) : IDisposable
    {
        public static async Task<Shop> OpenAsync(params IEnumerable<string> arguments)
        {
            StorefrontServer server = await StorefrontServer.StartAsync(arguments);
            return new Shop(server, new HttpClient { BaseAddress = server.Address });
        }

        public void Dispose()
        {
            Client.Dispose();
            if (!Server.Process.HasExited)
                Server.Process.Stop();
            Server.Dispose();
        }
    }
}
