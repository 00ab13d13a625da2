namespace HybridTiered.AspNetCore.Tests.Dashboard;

/// <summary>Callers that ask a cache for products, the popular ones more often, until they are told to stop.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int Products = 3_000;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _callers;

    public Traffic(TieredCache cache, int callers = 4, int seed = 20_261_121)
    {
        _callers = Task.WhenAll(Enumerable.Range(0, callers).Select(i => Task.Run(() => CallAsync(cache, new Random(seed + i), _stop.Token))));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _callers;
        _stop.Dispose();
    }

    private static async Task CallAsync(TieredCache cache, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            for (int i = 0; i < 20; i++)
            {
                int product = (int)(Products * Math.Pow(random.NextDouble(), 4));
                await cache.GetOrCreateAsync(
                    $"product:{product}", (product, random.Next(2, 30)),
                    static async (state, token) =>
                    {
                        // The source takes its time.
                        await Task.Delay(state.Item2, token);
                        return ProductText(state.product);
                    },
                    tags: ["products", $"category:{product % 12}"], cancellationToken: CancellationToken.None);
            }
            await InvalidateAsync(cache, random);
            // A pace that people would call busy and the machine would not.
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private static string ProductText(int product) => $$"""{"id":{{product}},"name":"Product {{product}}","price":{{(product % 90) + 9}}.95}""";

    private static async Task InvalidateAsync(TieredCache cache, Random random)
    {
        int product = (int)(Products * Math.Pow(random.NextDouble(), 3));
        switch (random.Next(300))
        {
            case < 12:
                await cache.RemoveAsync($"product:{product}");
                break;
            case < 18:
                await cache.UpdateAsync($"product:{product}", ProductText(product), tags: ["products"]);
                break;
            case 18:
                await cache.RemoveByTagAsync($"category:{product % 12}");
                break;
            case 19:
                await cache.RemoveByPatternAsync($"product:{product % 10}?3*");
                break;
        }
    }
}
