using HybridTiered;
using Microsoft.Extensions.Caching.Hybrid;

namespace UnitTesting.Tests;

#region prices
/// <summary>The code under test: it knows <see cref="HybridCache"/> and nothing else.</summary>
internal sealed class Prices(HybridCache cache, Func<int, Task<decimal>> load)
{
    private static readonly TieredEntryOptions Options = new() { Expiration = TimeSpan.FromMinutes(5), FailSafeMaxDuration = TimeSpan.FromHours(1) };

    public ValueTask<decimal> FindAsync(int id) => cache.GetOrCreateAsync($"price:{id}", async _ => await load(id), Options);

    public ValueTask ChangedAsync(int id) => cache.RemoveAsync($"price:{id}");
}
#endregion
