using HybridTiered;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace Tour;

/// <summary>Ready-made lifetimes, named by how fresh the data has to be. The clock is the sample's own, so nobody has to wait.</summary>
internal static class Strategies
{
    public static async Task RunAsync(TextWriter output, string? redis)
    {
        var clock = new SampleClock();
        await using ServiceProvider services = new ServiceCollection()
            .AddSingleton<TimeProvider>(clock)
            .AddHybridTiered(cache => cache.AddMemory())
            .BuildServiceProvider();
        HybridCache cache = services.GetRequiredService<HybridCache>();
        ITieredCache tiered = services.GetRequiredService<ITieredCache>();

        (string Key, HybridCacheEntryOptions Options)[] entries =
        [
            ("price", CacheStrategy.RealTime),
            ("search", CacheStrategy.ShortTerm),
            ("catalogue", CacheStrategy.MediumTerm),
            ("countries", CacheStrategy.LongTerm),
            ("report", CacheStrategy.Custom(TimeSpan.FromDays(1))),
        ];
        foreach ((string key, HybridCacheEntryOptions options) in entries)
        {
            await cache.SetAsync(key, "value", options);
            await output.WriteLineAsync($"{key} lives {options.Expiration}");
        }

        foreach (TimeSpan step in new[] { TimeSpan.FromSeconds(11), TimeSpan.FromMinutes(6), TimeSpan.FromHours(1), TimeSpan.FromHours(3) })
        {
            clock.Advance(step);
            var alive = new List<string>();
            foreach ((string key, _) in entries)
            {
                if ((await tiered.TryGetAsync<string>(key)).Found)
                    alive.Add(key);
            }
            await output.WriteLineAsync($"{step} later there are: {string.Join(", ", alive)}");
        }
    }
}
