using HybridTiered.Entries;
using HybridTiered.Tests.Support;
using HybridTiered.Tests.Tiers.Memory;
using HybridTiered.Tiers.Adapters;
using HybridTiered.Tiers.Memory;
using Microsoft.Extensions.Caching.Memory;

namespace HybridTiered.Tests.Tiers.Adapters;

[TestFixture, Category("Unit")]
public sealed class MemoryCacheStoreTests : MemoryStoreTests
{
    private readonly List<MemoryCache> _caches = [];

    private protected override IMemoryStore CreateStore(CoarseClock clock, TimeProvider time) => new MemoryCacheStore(NewCache(), clock, time);

    [TearDown]
    public void DisposeCaches()
    {
        foreach (MemoryCache cache in _caches)
            cache.Dispose();
        _caches.Clear();
    }

    [Test]
    public void Neither_the_applications_keys_nor_another_stores_collide_with_its_own()
    {
        MemoryCache cache = NewCache();
        cache.Set("key", "the application's");
        using MemoryCacheStore one = StoreOver(cache);
        using MemoryCacheStore other = StoreOver(cache);
        ObjectEntry<int> ofOne = Entry("key");
        ObjectEntry<int> ofOther = Entry("key");

        one.Put(ofOne);
        other.Put(ofOther);
        other.Remove("key");

        Assert.That(cache.Get("key"), Is.EqualTo("the application's"));
        Assert.That(one.TryGet("key", out MemoryEntry? found) ? found : null, Is.SameAs(ofOne));
        Assert.That(other.TryGet("key", out _), Is.False);
    }

    [Test]
    public void Disposing_takes_out_the_own_entries_and_leaves_the_applications()
    {
        MemoryCache cache = NewCache();
        cache.Set("app", 1);
        MemoryCacheStore store = StoreOver(cache);
        store.Put(Entry("key"));

        store.Dispose();
        store.Put(Entry("late"));

        Assert.That((cache.Count, cache.Get("app")), Is.EqualTo((1, (object)1)));
    }

    [Test]
    public void Disposing_after_the_applications_cache_was_disposed_is_no_fault()
    {
        MemoryCache cache = NewCache();
        MemoryCacheStore store = StoreOver(cache);
        store.Put(Entry("key"));
        cache.Dispose();

        Assert.That(store.Dispose, Throws.Nothing);
        Assert.That(store.Count, Is.Zero);
    }

    [Test]
    public void Entries_carry_their_size_into_a_cache_with_a_size_limit()
    {
        MemoryCache cache = NewCache(sizeLimit: 100);
        using MemoryCacheStore store = StoreOver(cache);

        store.Put(Entry("key", 60));

        Assert.That(cache.GetCurrentStatistics()!.CurrentEstimatedSize, Is.EqualTo(60));
    }

    [Test]
    public void An_entry_that_the_cache_refuses_is_not_kept_and_counts_as_evicted()
    {
        using MemoryCacheStore store = StoreOver(NewCache(sizeLimit: 100));
        store.Put(Entry("key", 50));

        store.Put(Entry("key", 101));

        Assert.That(store.TryGet("key", out _), Is.False);
        Assert.That((store.Count, store.SizeInBytes, store.Evictions), Is.EqualTo((0, 0, 1)));
    }

    [Test]
    public void A_full_cache_takes_an_entry_in_place_of_the_old_one()
    {
        using MemoryCacheStore store = StoreOver(NewCache(sizeLimit: 100));
        store.Put(Entry("key", 60));
        ObjectEntry<int> second = Entry("key", 60);

        store.Put(second);

        Assert.That(store.TryGet("key", out MemoryEntry? found) ? found : null, Is.SameAs(second));
        Assert.That((store.SizeInBytes, store.Evictions), Is.EqualTo((60, 0)));
    }

    [Test]
    public void What_the_cache_drops_by_itself_leaves_the_totals()
    {
        MemoryCache cache = NewCache();
        using MemoryCacheStore store = StoreOver(cache);
        for (int i = 0; i < 10; i++)
            store.Put(Entry($"key{i}"));

        cache.Compact(1.0);

        Assert.That(store.TryGet("key1", out _), Is.False);
        // The callbacks run on the cache's own background tasks.
        Assert.That(() => (store.Count, store.SizeInBytes, store.Evictions), Is.EqualTo((0L, 0L, 10L)).After(5_000, 5));
    }

    [Test]
    public void The_cache_expires_entries_that_no_sweep_reaches()
    {
        var hooked = new HookedMemoryCache(NewCache());
        using MemoryCacheStore store = StoreOver(hooked);

        store.Put(Entry("ends", expiresAt: Clock.After(TimeSpan.FromMinutes(7))));
        TimeSpan? ends = hooked.LastCreated!.AbsoluteExpirationRelativeToNow;
        store.Put(Entry("endless"));
        TimeSpan? endless = hooked.LastCreated!.AbsoluteExpirationRelativeToNow;
        store.Put(Entry("beyond the calendar", expiresAt: Clock.After(TimeSpan.MaxValue)));
        TimeSpan? beyond = hooked.LastCreated!.AbsoluteExpirationRelativeToNow;
        store.Put(new ObjectEntry<int>("sliding", 0, 10) { NextEvent = Clock.Now + 1_000, Plan = new EntryPlan { SlidingMilliseconds = 1_000, AbsoluteEnd = Clock.Now + 60_000 } });
        TimeSpan? sliding = hooked.LastCreated!.AbsoluteExpirationRelativeToNow;

        Assert.That((ends, endless, beyond, sliding),
            Is.EqualTo((TimeSpan.FromMinutes(7), (TimeSpan?)null, (TimeSpan?)null, TimeSpan.FromMinutes(1))));
    }

    [Test]
    public void Disposal_during_a_put_leaves_nothing_in_the_applications_cache()
    {
        MemoryCache cache = NewCache();
        var hooked = new HookedMemoryCache(cache);
        MemoryCacheStore store = StoreOver(hooked);
        hooked.OnCreate = store.Dispose;

        store.Put(Entry("key"));

        Assert.That((cache.Count, store.Count), Is.EqualTo((0, 0L)));
    }

    [Test]
    public void A_put_during_another_put_of_the_key_leaves_one_entry_in_index_and_cache()
    {
        MemoryCache cache = NewCache();
        var hooked = new HookedMemoryCache(cache);
        using MemoryCacheStore store = StoreOver(hooked);
        ObjectEntry<int> outer = Entry("key", 20);
        hooked.OnCreate = () =>
        {
            hooked.OnCreate = null;
            store.Put(Entry("key", 30));
        };

        store.Put(outer);

        Assert.That(store.TryGet("key", out MemoryEntry? found) ? found : null, Is.SameAs(outer));
        Assert.That((cache.Count, store.Count, store.SizeInBytes, store.Evictions), Is.EqualTo((1, 1L, 20L, 0L)));
    }

    [Test]
    public void Removing_the_old_entry_during_a_put_leaves_the_new_one()
    {
        MemoryCache cache = NewCache();
        var hooked = new HookedMemoryCache(cache);
        using MemoryCacheStore store = StoreOver(hooked);
        ObjectEntry<int> old = Entry("key");
        ObjectEntry<int> successor = Entry("key");
        store.Put(old);
        hooked.OnCreate = () => store.Remove(old);

        store.Put(successor);

        Assert.That(store.TryGet("key", out MemoryEntry? found) ? found : null, Is.SameAs(successor));
        Assert.That((cache.Count, store.Count), Is.EqualTo((1, 1L)));
    }

    private MemoryCacheStore StoreOver(IMemoryCache cache) => new(cache, Clock, Time);

    private MemoryCache NewCache(long? sizeLimit = null)
    {
        var cache = new MemoryCache(new MemoryCacheOptions { SizeLimit = sizeLimit, TrackStatistics = true, Clock = new ManualSystemClock(Time) });
        _caches.Add(cache);
        return cache;
    }

    /// <summary>Lets a test step in before an entry is committed to the cache behind it.</summary>
    private sealed class HookedMemoryCache(MemoryCache inner) : IMemoryCache
    {
        public Action? OnCreate { get; set; }

        public ICacheEntry? LastCreated { get; private set; }

        public ICacheEntry CreateEntry(object key)
        {
            OnCreate?.Invoke();
            return LastCreated = inner.CreateEntry(key);
        }

        public bool TryGetValue(object key, out object? value) => inner.TryGetValue(key, out value);

        public void Remove(object key) => inner.Remove(key);

        public void Dispose()
        {
        }
    }
}
