using HybridTiered.Entries;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests.Tiers.Memory;

[TestFixture, Category("Unit")]
public sealed class S3FifoStoreTests : MemoryStoreTests
{
    private const long NoLimit = long.MaxValue / 2;

    private protected override IMemoryStore CreateStore(CoarseClock clock, TimeProvider time) => new S3FifoStore(NoLimit, NoLimit, clock, time);

    [TestCase(0, 1)]
    [TestCase(1, 0)]
    [TestCase(-1, 1)]
    public void A_limit_below_one_is_refused(long maximumBytes, long maximumEntries) =>
        Assert.That(() => Bounded(maximumBytes, maximumEntries), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Random_operations_never_exceed_the_limits_nor_find_what_was_replaced_or_removed([Values(1, 2, 3, 4, 5)] int seed)
    {
        const long MaximumBytes = 2_000;
        const long MaximumEntries = 40;
        var random = new Random(seed);
        var last = new Dictionary<string, MemoryEntry>();
        using S3FifoStore store = Bounded(MaximumBytes, MaximumEntries);
        for (int step = 0; step < 20_000; step++)
        {
            string key = $"key{(int)(random.NextDouble() * random.Next(1, 200))}";
            switch (random.Next(100))
            {
                case < 40:
                    last[key] = Entry(key, random.Next(100) == 0 ? MaximumBytes + 1 : random.Next(1, random.Next(1, 300)));
                    store.Put(last[key]);
                    if (last[key].Size <= MaximumBytes)
                        Assert.That(store.TryGet(key, out MemoryEntry? kept) ? kept : null, Is.SameAs(last[key]), $"seed {seed}, step {step}");
                    break;
                case < 45:
                    bool wasKept = store.Remove(key);
                    Assert.That(last.Remove(key), Is.True.Or.EqualTo(wasKept), $"seed {seed}, step {step}");
                    break;
                case < 50 when last.Remove(key, out MemoryEntry? removed):
                    store.Remove(removed);
                    break;
                case 99 when random.Next(20) == 0:
                    store.Clear();
                    last.Clear();
                    break;
            }
            if (store.TryGet(key, out MemoryEntry? found))
                Assert.That(found, Is.SameAs(last.GetValueOrDefault(key)), $"seed {seed}, step {step}");
            MemoryEntry[] entries = [.. store.Entries];
            Assert.That((store.Count, store.SizeInBytes), Is.EqualTo(((long)entries.Length, entries.Sum(e => e.Size))), $"seed {seed}, step {step}");
            Assert.That((store.Count <= MaximumEntries, store.SizeInBytes <= MaximumBytes), Is.EqualTo((true, true)), $"seed {seed}, step {step}");
        }
        Assert.That(store.Evictions, Is.GreaterThan(1_000));
    }

    [Test]
    public void A_popular_set_survives_a_scan_larger_than_the_cache()
    {
        const int Capacity = 1_000;
        string[] popular = [.. Enumerable.Range(0, 500).Select(i => $"popular{i}")];
        using S3FifoStore store = Bounded(NoLimit, Capacity);
        var lru = new LruReference(Capacity);
        for (int round = 0; round < 4; round++)
        {
            foreach (string key in popular)
                Access(key);
        }

        for (int i = 0; i < 10 * Capacity; i++)
            Access($"scanned{i}");

        Assert.That(popular.Count(key => store.TryGet(key, out _)), Is.EqualTo(popular.Length));
        Assert.That(popular.Count(lru.Contains), Is.Zero, "the scan is not one that LRU would have lost");

        void Access(string key)
        {
            lru.Access(key);
            if (!store.TryGet(key, out _))
                store.Put(Entry(key));
        }
    }

    [Test]
    public void A_key_that_returns_soon_after_its_eviction_starts_in_the_main_queue()
    {
        using S3FifoStore store = Full(100);
        MemoryEntry evicted = store.Entries.Single(e => e.Key == "key0");
        store.Put(Entry("new"));
        Assert.That(store.TryGet("key0", out _), Is.False);

        ObjectEntry<int> again = Entry(evicted.Key);
        ObjectEntry<int> unknown = Entry("unknown");
        store.Put(again);
        store.Put(unknown);

        Assert.That((again.Queue, unknown.Queue), Is.EqualTo((EntryQueueId.Main, EntryQueueId.Small)));
    }

    [Test]
    public void The_small_queue_grows_until_it_holds_keys_that_come_back_soon_after_it_gave_them_up()
    {
        const int Capacity = 1_000;
        const int Distance = 60;
        using S3FifoStore store = Full(Capacity);
        Assert.That(InSmallQueue(store), Is.LessThan(Distance));

        // Every key is asked for twice and never again.
        var secondHits = new List<bool>();
        for (int i = 0; i < 5 * Capacity; i++)
        {
            GetOrPut(store, $"new{i}");
            if (i >= Distance)
                secondHits.Add(GetOrPut(store, $"new{i - Distance}"));
        }

        Assert.That(secondHits.First(), Is.False);
        Assert.That(secondHits.TakeLast(Capacity), Is.All.True);
    }

    [Test]
    public void The_small_queue_shrinks_while_keys_that_the_main_queue_gave_up_come_back()
    {
        const int Capacity = 5_000;
        using S3FifoStore store = Bounded(NoLimit, Capacity);

        // Few keys are asked for often, many seldom, and when one was asked for last says nothing.
        var random = new Random(42);
        for (int i = 0; i < 100 * Capacity; i++)
            GetOrPut(store, $"key{(int)Math.Pow(10 * Capacity, random.NextDouble() * 1.1)}");

        Assert.That(InSmallQueue(store), Is.LessThan(Capacity / 40), "It starts with a twentieth.");
    }

    [Test]
    public void A_new_entry_moves_to_the_main_queue_if_it_was_hit_more_than_once([Values(0, 1, 2, 3)] int hits)
    {
        using S3FifoStore store = Full(100);
        ObjectEntry<int> entry = Entry("entry");
        store.Put(entry);
        for (int i = 0; i < hits; i++)
            store.TryGet(entry.Key, out _);

        for (int i = 0; i < 20; i++)
            store.Put(Entry($"later{i}"));

        Assert.That((store.TryGet(entry.Key, out _), entry.Queue),
            Is.EqualTo(hits > 1 ? (true, EntryQueueId.Main) : (false, EntryQueueId.None)));
    }

    [Test]
    public void Hits_are_counted_up_to_three()
    {
        ObjectEntry<int> entry = Entry("key");
        Store.Put(entry);

        for (int i = 0; i < 10; i++)
            Store.TryGet("key", out _);

        Assert.That(entry.Frequency, Is.EqualTo(3));
    }

    [Test]
    public void A_replacement_inherits_popularity_and_queue()
    {
        using S3FifoStore store = Full(100);
        MemoryEntry old = store.Entries.First(e => e.Queue == EntryQueueId.Main);
        store.TryGet(old.Key, out _);
        store.TryGet(old.Key, out _);

        ObjectEntry<int> successor = Entry(old.Key);
        store.Put(successor);

        Assert.That((successor.Queue, successor.Frequency, old.Queue), Is.EqualTo((EntryQueueId.Main, (byte)2, EntryQueueId.None)));
    }

    [Test]
    public void An_entry_larger_than_the_store_is_not_kept_and_the_old_one_is_dropped()
    {
        using S3FifoStore store = Bounded(100, 100);
        store.Put(Entry("key", 50));
        store.Put(Entry("other", 50));

        store.Put(Entry("key", 101));

        Assert.That((store.TryGet("key", out _), store.TryGet("other", out _), store.SizeInBytes, store.Evictions), Is.EqualTo((false, true, 50L, 0L)));
    }

    [Test]
    public void An_entry_as_large_as_the_store_takes_all_of_it()
    {
        using S3FifoStore store = Bounded(100, 100);
        for (int i = 0; i < 10; i++)
            store.Put(Entry($"key{i}", 10));

        store.Put(Entry("large", 100));

        Assert.That(store.Entries.Single().Key, Is.EqualTo("large"));
        Assert.That(store.Evictions, Is.EqualTo(10));
    }

    [Test]
    public void Growing_in_place_evicts_others_but_not_the_entry_itself()
    {
        using S3FifoStore store = Bounded(100, 100);
        for (int i = 0; i < 10; i++)
            store.Put(Entry($"key{i}", 10));

        store.Put(Entry("key0", 60));

        Assert.That((store.TryGet("key0", out _), store.SizeInBytes, store.Evictions), Is.EqualTo((true, 100L, 5L)));
    }

    [Test]
    public void The_search_for_a_victim_among_popular_entries_is_bounded_and_takes_the_least_popular()
    {
        const int Capacity = 5_000;
        using S3FifoStore store = Full(Capacity);
        MemoryEntry[] entries = [.. store.Entries];
        MemoryEntry lessPopular = entries.Single(e => e.Key == "key1000");
        foreach (MemoryEntry entry in entries)
        {
            for (int hit = 0; hit < (entry == lessPopular ? 2 : 3); hit++)
                store.TryGet(entry.Key, out _);
        }
        int before = entries.Sum(e => e.Frequency);

        // The small queue is popular too and moves to the main queue, which then has to give way.
        store.Put(Entry("new"));

        Assert.That(lessPopular.Queue, Is.EqualTo(EntryQueueId.None));
        Assert.That(before - entries.Sum(e => e.Frequency), Is.LessThan(3 * Capacity / 2));
        Assert.That((store.Count, store.Evictions), Is.EqualTo(((long)Capacity, 1L)));
    }

    [Test]
    public void Expiry_is_no_eviction_and_makes_room()
    {
        using S3FifoStore store = Bounded(NoLimit, 10);
        for (int i = 0; i < 10; i++)
            store.Put(Entry($"key{i}", expiresAt: Clock.Now + 1));
        Time.Advance(TimeSpan.FromSeconds(30));

        store.Put(Entry("new"));

        Assert.That((store.Count, store.Expirations, store.Evictions), Is.EqualTo((1L, 10L, 0L)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_million_writes_of_one_key_leave_no_garbage_reachable(bool removeEach)
    {
        Store.Put(Entry("neighbour"));
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < 1_000_000; i++)
        {
            Store.Put(Entry("key"));
            if (removeEach)
                Store.Remove("key");
        }

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(1_000_000));
        Assert.That(Store.Count, Is.EqualTo(removeEach ? 1 : 2));
    }

    [Test]
    public void A_reader_never_sees_a_gap_or_an_excess_while_an_entry_is_replaced()
    {
        using S3FifoStore store = Bounded(1_000, 50);
        for (int i = 0; i < 5; i++)
            store.Put(Entry("key", 100));
        int gaps = 0;
        int excesses = 0;
        int running = 1;

        Race(2, worker =>
        {
            if (worker == 0)
            {
                for (int i = 0; i < 50_000; i++)
                    store.Put(Entry("key", 100 + (i % 7)));
                Volatile.Write(ref running, 0);
                return;
            }
            while (Volatile.Read(ref running) == 1)
            {
                if (!store.TryGet("key", out _))
                    gaps++;
                if (store.SizeInBytes > 1_000 || store.Count > 50)
                    excesses++;
            }
        });

        Assert.That((gaps, excesses), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Racing_writers_under_eviction_keep_totals_exact_and_limits_kept()
    {
        using S3FifoStore store = Bounded(5_000, 100);
        Race(4, worker =>
        {
            var random = new Random(worker);
            for (int i = 0; i < 20_000; i++)
            {
                string key = $"key{random.Next(300)}";
                if (!store.TryGet(key, out MemoryEntry? found))
                    store.Put(Entry(key, random.Next(1, 200)));
                else if (random.Next(4) == 0)
                    store.Remove(found);
            }
        });

        MemoryEntry[] kept = [.. store.Entries];
        Assert.That((store.Count, store.SizeInBytes), Is.EqualTo(((long)kept.Length, kept.Sum(e => e.Size))));
        Assert.That((store.Count <= 100, store.SizeInBytes <= 5_000), Is.EqualTo((true, true)));
        Assert.That(kept.Select(e => e.Queue), Has.None.EqualTo(EntryQueueId.None));
    }

    private static bool GetOrPut(S3FifoStore store, string key)
    {
        if (store.TryGet(key, out _))
            return true;
        store.Put(Entry(key));
        return false;
    }

    private static int InSmallQueue(S3FifoStore store) => store.Entries.Count(e => e.Queue == EntryQueueId.Small);

    private S3FifoStore Bounded(long maximumBytes, long maximumEntries) => new(maximumBytes, maximumEntries, Clock, Time);

    /// <summary>A store at its limit of entries, none of them hit: the first twentieth in the small queue, the others in the main queue.</summary>
    private S3FifoStore Full(int capacity)
    {
        S3FifoStore store = Bounded(NoLimit, capacity);
        for (int i = 0; i < capacity; i++)
            store.Put(Entry($"key{i}"));
        return store;
    }

    private sealed class LruReference(int capacity)
    {
        private readonly LinkedList<string> _byAge = new();

        public bool Contains(string key) => _byAge.Contains(key);

        public void Access(string key)
        {
            if (!_byAge.Remove(key) && _byAge.Count == capacity)
                _byAge.RemoveFirst();
            _byAge.AddLast(key);
        }
    }
}
