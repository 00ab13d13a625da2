using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Storefront;

namespace HybridTiered.Storefront.Tests;

[TestFixture, Category("Web")]
public sealed class CommandLineTests
{
    private DirectoryInfo _folder = null!;

    // Not the usual one, which a storefront of the same build may be holding.
    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("storefront-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestCase("--redis", "localhost:nonsense", "--redis is 'localhost:nonsense'; it must be host:port")]
    [TestCase("--redis", "localhost:65536", "--redis is 'localhost:65536'; it must be host:port")]
    [TestCase("--redis", "", "--redis is ''; it must be host:port")]
    [TestCase("--redis", "http://localhost:6379", "--redis is 'http://localhost:***'; it must be host:port")]
    [TestCase("--redis", "redis://", "--redis is 'redis://'; it must be host:port")]
    [TestCase("--urls", "nonsense", "nonsense")]
    [TestCase("--HybridTiered:DefaultExpiration", "-00:00:01", "DefaultExpiration is -00:00:01; it must be positive")]
    public async Task What_keeps_the_storefront_from_starting_is_said_in_one_line(string option, string value, string expected)
    {
        using ServerProcess process = StorefrontServer.Run(option, value, "--data", _folder.FullName);

        await Eventually.TrueAsync(() => process.HasExited, "the storefront ends");
        process.WaitForExit();

        Assert.That(process.ExitCode, Is.Not.Zero);
        Assert.That(process.Output, Does.Contain(expected));
        Assert.That(process.Output.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("redis://shop:5ecret@localhost:x/0")]
    [TestCase("redis://:5ec@r/et@localhost/x")]
    [TestCase("redis://shop:5ecret")]
    [TestCase("localhost:6379,password=5ecret")]
    [TestCase("5ecret@localhost:6379")]
    public async Task A_password_in_a_bad_address_is_not_printed(string value)
    {
        using ServerProcess process = StorefrontServer.Run("--redis", value, "--data", _folder.FullName);

        await Eventually.TrueAsync(() => process.HasExited, "the storefront ends");
        process.WaitForExit();

        Assert.That(process.ExitCode, Is.Not.Zero);
        Assert.That(process.Output, Does.StartWith("--redis is '").And.Not.Contain("5ec").And.Not.Contain("ret"));
    }

    [Test]
    public async Task SIGTERM_closes_it_without_an_error()
    {
        using StorefrontServer server = await StorefrontServer.StartAsync();

        server.Process.Stop();

        Assert.That(server.Process.ExitCode, Is.Zero);
    }
}
