using HybridTiered;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Tour;

/// <summary>
/// A large tier that is seldom read would crowd memory with what nobody asks for twice. With a promotion frequency of ten, one hit in ten is copied up: what
/// is asked for often gets there soon, what is asked for once most likely does not.
/// </summary>
internal static class ProbabilisticPromotion
{
    private const int Keys = 1_000;

    public static async Task RunAsync(TextWriter output, string? redis)
    {
        var shared = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        await using ServiceProvider writer = Start(shared);
        ITieredCache filled = writer.GetRequiredService<ITieredCache>();
        for (int i = 0; i < Keys; i++)
            await filled.UpdateAsync("key" + i, i);

        await using ServiceProvider reader = Start(shared);
        ITieredCache cache = reader.GetRequiredService<ITieredCache>();
        for (int i = 0; i < Keys; i++)
            await cache.TryGetAsync<int>("key" + i);
        await output.WriteLineAsync($"{Keys} keys read once each: {cache.GetStatistics().Tiers[0].Promotions} promoted");

        int reads = 0;
        while ((await cache.TryGetAsync<int>("key0")).Level != 1)
            reads++;
        await output.WriteLineAsync($"one key read again and again: in L1 after {reads} more reads");
    }

    private static ServiceProvider Start(IDistributedCache shared) => new ServiceCollection()
        .AddHybridTiered(cache => cache.AddDistributedCache(_ => shared, tier => tier.PromotionFrequency = 10))
        .BuildServiceProvider();
}
