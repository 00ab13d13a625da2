using System.Diagnostics;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheSpanTests
{
    private const int Rounds = 1_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task Keys_as_text_span_and_interpolated_string_are_the_same_key()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        var source = new Source<string>("v");
        int id = 42;

        await cache.Hybrid.GetOrCreateAsync($"item:{id}", source.ComputeAsync);
        await cache.Hybrid.GetOrCreateAsync("item:42".AsSpan(), source.ComputeAsync);
        await cache.Hybrid.GetOrCreateAsync("item:42", source.ComputeAsync);

        Assert.That(source.Calls, Is.EqualTo(1));
    }

    [Test]
    public async Task A_span_that_cannot_be_cached_is_computed_each_time()
    {
        await using TestCache cache = TestCache.Create(_time);
        var source = new Source<string>("v");

        await cache.Hybrid.GetOrCreateAsync("\n".AsSpan(), source.ComputeAsync);
        await cache.Hybrid.GetOrCreateAsync("\n".AsSpan(), source.ComputeAsync);
        await cache.Hybrid.GetOrCreateAsync(ReadOnlySpan<char>.Empty, source.ComputeAsync);

        Assert.That(source.Calls, Is.EqualTo(3));
    }

    [Test]
    public async Task A_buffer_that_is_used_again_after_the_call_does_not_change_the_key()
    {
        await using TestCache cache = TestCache.Create(_time);
        var source = new Source<string>("v");
        source.Hold();
        char[] buffer = ['a'];

        Task<string> computing = cache.Hybrid.GetOrCreateAsync(buffer.AsSpan(), source.ComputeAsync).AsTask();
        buffer[0] = 'b';
        source.Release();
        await computing;

        Assert.That((await cache.Cache.GetManyAsync<string>(["a", "b"])).Keys, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public async Task A_hit_in_L1_allocates_nothing()
    {
        // The system's clock: that is what users have, and a manual one takes a lock.
        await using TestCache cache = TestCache.Create(TimeProvider.System, null, new InMemoryTier(TimeProvider.System));
        await cache.Hybrid.SetAsync("item:42", "v", tags: ["t"]);
        await cache.SettleAsync();

        Assert.That(AllocatedBy(cache.Cache, static c => Hit(c.GetOrCreateAsync("item:42", 0, static (_, _) => new ValueTask<string>("computed")))), Is.Zero);
        Assert.That(
            AllocatedBy(cache.Cache, static c => Hit(c.GetOrCreateAsync("item:42".AsSpan(), 0, static (_, _) => new ValueTask<string>("computed")))), Is.Zero);
        Assert.That(
            AllocatedBy(cache.Cache, static c => Hit(c.GetOrCreateAsync($"item:{42}", 0, static (_, _) => new ValueTask<string>("computed")))), Is.Zero);
        Assert.That(AllocatedBy(cache.Cache, static c => Hit(c.TryGetAsync<string>("item:42"))), Is.Zero);
        Assert.That(AllocatedBy(cache.Cache, static c => Hit(c.GetOrCreateResultAsync(
            "item:42", 0, static (_, _) => new ValueTask<string>("computed"), CacheStrategy.LongTerm))), Is.Zero);
    }

    [Test]
    public async Task A_hit_of_a_sliding_entry_in_L1_allocates_nothing()
    {
        await using TestCache cache = TestCache.Create(TimeProvider.System, null, new InMemoryTier(TimeProvider.System));
        await cache.Hybrid.SetAsync("item:42", "v", new TieredEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(1) });

        Assert.That(
            AllocatedBy(cache.Cache, static c => Hit(c.GetOrCreateAsync("item:42", 0, static (_, _) => new ValueTask<string>("computed")))), Is.Zero);
    }

    private static void Hit(ValueTask<string> call) => Hit(call.Result);

    private static void Hit(ValueTask<CacheResult<string>> call) => Hit(call.Result.Value!);

    private static void Hit(string value)
    {
        if (value != "v")
            throw new InvalidOperationException("The call was meant to hit.");
    }

    // The runtime's own methods allocate until they have been compiled with optimisation, which happens in the background.
    private static long AllocatedBy(TieredCache cache, Action<TieredCache> call)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Rounds; i++)
                call(cache);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated == 0 || Stopwatch.GetElapsedTime(started) > Deadline)
                return allocated;
        }
    }
}
