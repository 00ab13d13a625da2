using HybridTiered.Entries;
using HybridTiered.Flights;
using Microsoft.Extensions.Caching.Hybrid;

namespace HybridTiered.Snippets.TagsAndPatterns;

public sealed class Invalidating(HybridCache cache, ITieredCache tiered, Database database)
{
    public async Task TagAsync(int id)
    {
        #region tags
        Product? product = await cache.GetOrCreateAsync(
            $"product:{id}", token => database.FindProductAsync(id, token), tags: ["products", "category:garden"]);

        await cache.RemoveByTagAsync("category:garden");
        await cache.RemoveByTagAsync(["category:garden", "category:kitchen"]);
        await cache.RemoveByTagAsync("*");                                      // everything
        #endregion
    }

    public async Task TagByValueAsync(int id)
    {
        #region tags-by-value
        Product? product = await cache.GetOrCreateAsync($"product:{id}", async token =>
        {
            Product? found = await database.FindProductAsync(id, token);
            if (found is not null)
                FactoryContext.Current!.AddTag("category:" + found.Category);
            return found;
        });
        #endregion
    }

    public async Task PatternAsync(string tenant)
    {
        #region patterns
        await tiered.RemoveByPatternAsync("search:*");
        await tiered.RemoveByPatternAsync("page:[0-9]:*");
        await tiered.RemoveByPatternAsync($"tenant:{GlobPattern.Escape(tenant)}:*");   // a text from outside, taken literally
        #endregion
    }
}
