namespace HybridTiered.Storefront.Tests;

/// <summary>Starts two storefronts on one Redis for a fixture. Each test uses products of its own.</summary>
[Category("Web"), Category("Redis")]
public abstract class StorefrontPairFixture
{
    private protected StorefrontPair Shop { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task Start() => Shop = await StorefrontPair.StartAsync();

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (Shop is not null)
            await Shop.DisposeAsync();
    }
}
