using System.Globalization;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.Tests.Diagnostics;

/// <summary>What every request can cause must not write a line per request.</summary>
[TestFixture, Category("Unit")]
public sealed class LogNoiseTests
{
    private const int Requests = 50;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();

    private static IEnumerable<TestCaseData> Repeated()
    {
        yield return Of(1, "refused keys", async (cache, _, _) => await cache.Hybrid.GetOrCreateAsync("\n", Compute));
        yield return Of(2, "malformed keys", async (cache, i, _) => await cache.Hybrid.GetOrCreateAsync($"{i}\uD800", Compute));
        yield return Of(3, "too large values", async (cache, i, _) => await cache.Hybrid.GetOrCreateAsync($"{i}", _ => new ValueTask<string>(new string('v', 2_000_000))));
        yield return Of(4, "values that cannot be serialised", async (cache, i, serializer) =>
        {
            serializer.FailsToSerialize = true;
            await cache.Hybrid.GetOrCreateAsync($"{i}", _ => new ValueTask<Note>(new Note()));
        });
        yield return Of(5, "values that cannot be deserialised", async (cache, _, serializer) =>
        {
            await cache.Hybrid.SetAsync("k", new Note());
            serializer.FailsToDeserialize = true;
            await cache.Cache.TryGetAsync<Note>("k");
        });
        yield return Of(6, "damaged entries", async (cache, i, _) =>
        {
            await cache.Distributed.SetAsync($"{i}", [1, 2, 3], new());
            await cache.Cache.TryGetAsync<string>($"{i}");
        });
    }

    [TestCaseSource(nameof(Repeated))]
    public async Task What_is_wrong_again_and_again_is_logged_once_per_interval_with_the_number_held_back(int id, Delegate repeated)
    {
        var request = (Func<TestCache, int, ThrowingSerializer, ValueTask>)repeated;
        var serializer = new ThrowingSerializer();
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(
            _time, b => b.AddTier("lower", _ => tier), services => services.AddSingleton<IHybridCacheSerializer<Note>>(serializer));

        for (int i = 0; i < Requests; i++)
            await request(cache, i, serializer);
        Assert.That(Lines(), Has.Length.EqualTo(1));
        _time.Advance(Interval);
        await request(cache, Requests, serializer);

        Assert.That(Lines(), Has.Length.EqualTo(2));
        Assert.That(Lines()[1], Does.Match("; [0-9]+ more since the last such message\\.$"));
        long heldBack = long.Parse(Lines()[1].Split("; ")[^1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.That(heldBack, Is.GreaterThanOrEqualTo(Requests - 1));

        string[] Lines() => [.. cache.Log.Messages.Where(m => m.Id.Id == id).Select(m => m.Message)];
    }

    [Test]
    public async Task A_backplane_that_is_down_is_not_logged_for_each_invalidation()
    {
        var hub = new InProcessBackplane(_time);
        InProcessConnection connection = hub.Connect();
        await using TestCache cache = TestCache.Create(_time, b => b.UseBackplane(_ => connection));
        await cache.SettleAsync();
        connection.Disconnect();

        for (int i = 0; i < Requests; i++)
            await cache.Hybrid.SetAsync($"{i}", "v");

        Assert.That(cache.Log.Messages.Count(m => m.Id.Id == 23), Is.EqualTo(1));
    }

    [Test]
    public async Task Requests_that_go_well_log_nothing()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));

        await cache.Hybrid.GetOrCreateAsync("k", Compute, tags: ["t"]);
        await cache.Hybrid.SetAsync("k", "v");
        await cache.Cache.TryGetAsync<string>("missing");
        await cache.Hybrid.RemoveAsync("k");
        await cache.Hybrid.RemoveByTagAsync("t");
        await cache.Cache.ClearAsync();
        await cache.SettleAsync();

        Assert.That(cache.Log.Messages, Is.Empty);
    }

    private static ValueTask<string> Compute(CancellationToken cancellationToken) => new("v");

    private static TestCaseData Of(int id, string name, Func<TestCache, int, ThrowingSerializer, ValueTask> request) =>
        new TestCaseData(id, request).SetArgDisplayNames(name);
}
