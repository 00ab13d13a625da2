using HybridTiered.TestServers.Processes;
using HybridTiered.TestServers.Storefront;

namespace HybridTiered.Storefront.Tests;

[TestFixture, Category("Web")]
public sealed class CommandLineTests
{
    [TestCase("--redis", "redis://localhost:port", "--redis cannot be used")]
    [TestCase("--urls", "nonsense", "nonsense")]
    [TestCase("--HybridTiered:DefaultExpiration", "-00:00:01", "DefaultExpiration is -00:00:01; it must be positive")]
    public async Task What_keeps_the_storefront_from_starting_is_said_in_one_line(string option, string value, string expected)
    {
        using ServerProcess process = StorefrontServer.Run(option, value);

        await Eventually.TrueAsync(() => process.HasExited, "the storefront ends");
        process.WaitForExit();

        Assert.That(process.ExitCode, Is.Not.Zero);
        Assert.That(process.Output, Does.Contain(expected));
        Assert.That(process.Output.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task SIGTERM_closes_it_without_an_error()
    {
        using StorefrontServer server = await StorefrontServer.StartAsync();

        server.Process.Stop();

        Assert.That(server.Process.ExitCode, Is.Zero);
    }
}
