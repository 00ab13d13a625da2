using System.Buffers;
using System.Text;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ImmutableObjectAttribute = System.ComponentModel.ImmutableObjectAttribute;

namespace HybridTiered.Tests;

[TestFixture, Category("Unit")]
public sealed class TieredCacheValueTests
{
    private readonly ManualTimeProvider _time = new();

    [Test]
    public async Task One_instance_is_handed_out_where_nobody_can_change_it()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));

        Assert.That(await HandsOutOneInstanceAsync(cache, "string", new string('v', 3)), Is.True);
        Assert.That(await HandsOutOneInstanceAsync(cache, "marked", new Marked("v")), Is.True);
    }

    [Test]
    public async Task Every_caller_gets_a_copy_of_what_could_be_changed()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        var computed = new Note { Text = "v" };

        Note first = await cache.Hybrid.GetOrCreateAsync("k", _ => new ValueTask<Note>(computed));
        first.Text = "changed by the first caller";
        Note second = await cache.Hybrid.GetOrCreateAsync("k", _ => new ValueTask<Note>(computed));
        second.Text = "changed by the second caller";
        Note third = (await cache.Cache.TryGetAsync<Note>("k")).Value!;

        Assert.That(third.Text, Is.EqualTo("v"));
        Assert.That(await HandsOutOneInstanceAsync(cache, "unmarked", new Note()), Is.False);
        Assert.That(await HandsOutOneInstanceAsync(cache, "bytes", new byte[] { 1, 2 }), Is.False);
    }

    [Test]
    public async Task Callers_that_share_a_flight_get_copies_of_what_could_be_changed()
    {
        await using TestCache cache = TestCache.Create(_time);
        var source = new Source<Note>(new Note { Text = "v" });
        source.Hold();

        Task<Note>[] callers = [.. Enumerable.Range(0, 3).Select(_ => cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync).AsTask())];
        source.Release();
        Note[] notes = await Task.WhenAll(callers);

        Assert.That(notes.Select(n => n.Text), Is.All.EqualTo("v"));
        Assert.That(notes.Distinct().Count(), Is.EqualTo(3));
    }

    [Test]
    public async Task Null_is_a_value_in_every_tier_that_can_hold_it()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache a = TestCache.Create(_time, null, tier);
        await using TestCache b = TestCache.Create(_time, null, tier);

        await a.Hybrid.GetOrCreateAsync("note", _ => new ValueTask<Note?>((Note?)null));
        await a.Hybrid.GetOrCreateAsync("text", _ => new ValueTask<string?>((string?)null));
        await a.Hybrid.GetOrCreateAsync("number", _ => new ValueTask<int?>((int?)null));
        await a.SettleAsync();

        Assert.That(await a.Cache.TryGetAsync<Note?>("note"), Is.EqualTo(new CacheResult<Note?>(true, null, 1)));
        Assert.That(await a.Cache.TryGetAsync<string?>("text"), Is.EqualTo(new CacheResult<string?>(true, null, 1)));
        Assert.That(await a.Cache.TryGetAsync<int?>("number"), Is.EqualTo(new CacheResult<int?>(true, null, 1)));
        Assert.That(await b.Cache.TryGetAsync<Note?>("note"), Is.EqualTo(new CacheResult<Note?>(true, null, 2)));
        Assert.That(await b.Cache.TryGetAsync<int?>("number"), Is.EqualTo(new CacheResult<int?>(true, null, 2)));
        Assert.That(tier.Keys, Does.Not.Contain("text"), "the bare bytes of a string cannot say null");
    }

    [Test]
    public async Task Setting_null_takes_the_old_text_out_of_the_tiers_that_cannot_hold_it()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, null, tier);
        await cache.Hybrid.SetAsync("k", "old");

        await cache.Hybrid.SetAsync<string?>("k", null);

        Assert.That(tier.Keys, Is.Empty);
        Assert.That(await cache.Cache.TryGetAsync<string?>("k"), Is.EqualTo(new CacheResult<string?>(true, null, 1)));
    }

    [Test]
    public async Task An_empty_text_is_not_a_missing_one()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache a = TestCache.Create(_time, null, tier);
        await using TestCache b = TestCache.Create(_time, null, tier);

        await a.Hybrid.SetAsync("k", "");

        Assert.That(await b.Cache.TryGetAsync<string>("k"), Is.EqualTo(new CacheResult<string>(true, "", 2)));
    }

    [Test]
    public async Task A_serializer_from_the_container_serves_its_type_in_every_tier()
    {
        var serializer = new ThrowingSerializer();
        var tier = new InMemoryTier(_time);
        await using TestCache a = CreateWith(serializer, tier);
        await using TestCache b = CreateWith(serializer, tier);

        await a.Hybrid.SetAsync("k", new Note { Text = "plain" });

        Assert.That((await b.Cache.TryGetAsync<Note>("k")).Value?.Text, Is.EqualTo("plain"));
        using TierEntry entry = await tier.ReadAsync("k", TierRead.Data, CancellationToken.None);
        Assert.That(Encoding.UTF8.GetString(entry.Data.Span), Does.EndWith("kplain\u0003\u0001"), "the bare text, no JSON");
    }

    [Test]
    public async Task A_value_that_cannot_be_serialised_is_returned_logged_and_stored_nowhere()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = CreateWith(new ThrowingSerializer { FailsToSerialize = true }, tier);
        var source = new Source<Note>(new Note { Text = "v" });

        Note first = await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync);
        Note second = await cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync);
        await cache.SettleAsync();

        Assert.That((first.Text, second.Text, source.Calls), Is.EqualTo(("v", "v", 2)));
        Assert.That((tier.Keys.Count, cache.Statistics.Tiers[0].Entries, cache.Statistics.NotStored), Is.EqualTo((0, 0L, 2L)));
        Assert.That(cache.Log.Messages.Count(m => m.Level == LogLevel.Error && m.Id.Id == 4), Is.EqualTo(1));
        Assert.That(async () => await cache.Hybrid.SetAsync("k", new Note()), Throws.InvalidOperationException);
    }

    [TestCase(1)]
    [TestCase(2)]
    public async Task A_value_that_cannot_be_deserialised_is_a_miss_and_is_overwritten(int level)
    {
        var serializer = new ThrowingSerializer();
        var tier = new InMemoryTier(_time);
        await using TestCache writer = CreateWith(serializer, tier);
        await writer.Hybrid.SetAsync("k", new Note { Text = "old" });
        await using TestCache? reader = level == 1 ? null : CreateWith(serializer, tier);
        TestCache cache = reader ?? writer;
        serializer.FailsToDeserialize = true;

        Note computed = await cache.Hybrid.GetOrCreateAsync("k", _ =>
        {
            serializer.FailsToDeserialize = false;
            return new ValueTask<Note>(new Note { Text = "new" });
        });
        await cache.SettleAsync();

        Assert.That(computed.Text, Is.EqualTo("new"));
        Assert.That((await cache.Cache.TryGetAsync<Note>("k")).Value?.Text, Is.EqualTo("new"));
        await using TestCache other = CreateWith(serializer, tier);
        Assert.That((await other.Cache.TryGetAsync<Note>("k")).Value?.Text, Is.EqualTo("new"));
        Assert.That(cache.Log.Messages.Count(m => m.Id.Id == 5), Is.EqualTo(1));
    }

    [Test]
    public async Task Callers_whose_copy_cannot_be_made_compute_for_themselves()
    {
        var serializer = new ThrowingSerializer { FailsToDeserialize = true };
        await using TestCache cache = CreateWith(serializer);
        var source = new Source<Note>(new Note { Text = "v" });
        source.Hold();

        Task<Note>[] callers = [.. Enumerable.Range(0, 3).Select(_ => cache.Hybrid.GetOrCreateAsync("k", source.ComputeAsync).AsTask())];
        source.Release();
        Note[] notes = await Task.WhenAll(callers);

        Assert.That(notes.Select(n => n.Text), Is.All.EqualTo("v"));
        Assert.That(source.Calls, Is.EqualTo(3));
    }

    [Test]
    public async Task A_value_of_another_type_under_the_key_is_a_miss()
    {
        await using TestCache cache = TestCache.Create(_time, null, new InMemoryTier(_time));
        await cache.Hybrid.SetAsync("k", "not a number");

        int number = await cache.Hybrid.GetOrCreateAsync("k", _ => new ValueTask<int>(7));

        Assert.That((number, (await cache.Cache.TryGetAsync<int>("k")).Value), Is.EqualTo((7, 7)));
    }

    [Test]
    public async Task Nothing_is_serialised_where_no_tier_needs_bytes()
    {
        var serializer = new CountingSerializer();
        await using TestCache cache = TestCache.Create(_time, _ => { }, services => services
            .AddSingleton<IHybridCacheSerializer<Marked>>(serializer));

        await cache.Hybrid.GetOrCreateAsync("computed", _ => new ValueTask<Marked>(new Marked("v")));
        await cache.Hybrid.SetAsync("set", new Marked("v"));
        await cache.Hybrid.GetOrCreateAsync("set", _ => new ValueTask<Marked>(new Marked("v")));

        Assert.That(serializer.Calls, Is.Zero);
    }

    [Test]
    public async Task A_serializer_may_itself_depend_on_the_cache()
    {
        var tier = new InMemoryTier(_time);
        await using TestCache cache = TestCache.Create(_time, b => b.AddTier("lower", _ => tier), services => services
            .AddSingleton<IHybridCacheSerializer<Marked>>(provider =>
            {
                Assert.That(provider.GetRequiredService<HybridCache>(), Is.Not.Null);
                return new CountingSerializer();
            }));

        await cache.Hybrid.SetAsync("k", new Marked("v"));

        Assert.That(tier.Keys, Is.EqualTo(new[] { "k" }));
    }

    private TestCache CreateWith(ThrowingSerializer serializer, params ICacheTier[] tiers) => TestCache.Create(
        _time,
        builder =>
        {
            foreach (ICacheTier tier in tiers)
                builder.AddTier("lower", _ => tier);
        },
        services => services.AddSingleton<IHybridCacheSerializer<Note>>(serializer));

    private static async Task<bool> HandsOutOneInstanceAsync<T>(TestCache cache, string key, T value)
        where T : class
    {
        await cache.Hybrid.SetAsync(key, value);
        T first = (await cache.Cache.TryGetAsync<T>(key)).Value!;
        T second = await cache.Hybrid.GetOrCreateAsync(key, _ => new ValueTask<T>(value));
        return ReferenceEquals(first, second) && ReferenceEquals(first, value);
    }

    [ImmutableObject(true)]
    private sealed record Marked(string Text);

    private sealed class CountingSerializer : IHybridCacheSerializer<Marked>
    {
        public int Calls { get; private set; }

        public Marked Deserialize(ReadOnlySequence<byte> source)
        {
            Calls++;
            return new Marked(Encoding.UTF8.GetString(source));
        }

        public void Serialize(Marked value, IBufferWriter<byte> target)
        {
            Calls++;
            Encoding.UTF8.GetBytes(value.Text, target);
        }
    }
}
