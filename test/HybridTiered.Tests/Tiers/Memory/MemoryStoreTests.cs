using System.Runtime.CompilerServices;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;
using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests.Tiers.Memory;

/// <summary>What holds for every store of L1. Each store has a fixture that derives from this one, and its own tests beside.</summary>
public abstract class MemoryStoreTests
{
    private protected ManualTimeProvider Time { get; private set; } = null!;

    private protected CoarseClock Clock { get; private set; } = null!;

    private protected IMemoryStore Store { get; private set; } = null!;

    /// <summary>A store with room for everything these tests put into it.</summary>
    private protected abstract IMemoryStore CreateStore(CoarseClock clock, TimeProvider time);

    [SetUp]
    public void SetUp()
    {
        Time = new ManualTimeProvider();
        Clock = new CoarseClock(Time);
        Store = CreateStore(Clock, Time);
    }

    [TearDown]
    public void TearDown() => Store.Dispose();

    [Test]
    public void An_entry_is_found_by_string_and_by_span()
    {
        ObjectEntry<int> entry = Entry("key");
        Store.Put(entry);

        Assert.Multiple(() =>
        {
            Assert.That(Find("key"), Is.SameAs(entry));
            Assert.That(Store.TryGet("a key".AsSpan(2), out MemoryEntry? found) ? found : null, Is.SameAs(entry));
            Assert.That(Find("KEY"), Is.Null);
            Assert.That(Store.TryGet("KEY".AsSpan(), out _), Is.False);
        });
    }

    [Test]
    public void A_later_entry_takes_the_place_of_an_earlier_one()
    {
        ObjectEntry<int> later = Entry("key", size: 70);
        Store.Put(Entry("key", size: 50));
        Store.Put(later);

        Assert.Multiple(() =>
        {
            Assert.That(Find("key"), Is.SameAs(later));
            Assert.That((Store.Count, Store.SizeInBytes), Is.EqualTo((1, 70)));
            Assert.That(Store.Entries, Is.EqualTo(new[] { later }));
        });
    }

    [Test]
    public void A_removed_key_is_not_found_and_not_counted()
    {
        Store.Put(Entry("key"));

        Assert.Multiple(() =>
        {
            Assert.That(Store.Remove("key"), Is.True);
            Assert.That(Store.Remove("key"), Is.False);
            Assert.That(Find("key"), Is.Null);
            Assert.That((Store.Count, Store.SizeInBytes), Is.EqualTo((0, 0)));
        });
    }

    [Test]
    public void Removing_a_replaced_entry_leaves_its_successor()
    {
        ObjectEntry<int> first = Entry("key");
        ObjectEntry<int> second = Entry("key");
        Store.Put(first);
        Store.Put(second);

        Assert.Multiple(() =>
        {
            Assert.That(Store.Remove(first), Is.False);
            Assert.That(Find("key"), Is.SameAs(second));
            Assert.That(Store.Remove(second), Is.True);
            Assert.That(Find("key"), Is.Null);
        });
    }

    [Test]
    public void Clear_drops_everything_and_the_store_goes_on()
    {
        for (int i = 0; i < 100; i++)
            Store.Put(Entry($"key{i}"));

        Store.Clear();

        Assert.That((Store.Count, Store.SizeInBytes, Store.Entries.Count()), Is.EqualTo((0, 0, 0)));
        ObjectEntry<int> entry = Entry("key1");
        Store.Put(entry);
        Assert.That(Find("key1"), Is.SameAs(entry));
    }

    [Test]
    public void A_sweep_drops_expired_entries_and_no_others()
    {
        Store.Put(Entry("short", expiresAt: Clock.After(TimeSpan.FromSeconds(29))));
        Store.Put(Entry("long", expiresAt: Clock.After(TimeSpan.FromSeconds(31))));
        Store.Put(Entry("endless"));

        Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Multiple(() =>
        {
            Assert.That((Find("short"), Find("long")?.Key, Find("endless")?.Key), Is.EqualTo(((MemoryEntry?)null, "long", "endless")));
            Assert.That((Store.Count, Store.Expirations, Store.Evictions), Is.EqualTo((2, 1, 0)));
        });
        Time.Advance(TimeSpan.FromSeconds(30));
        Assert.That((Store.Count, Store.Expirations, Store.Evictions), Is.EqualTo((1, 2, 0)));
    }

    [Test]
    public void Sweeps_begin_with_the_first_entry_and_end_with_the_store()
    {
        var time = new TimerRecorder();
        IMemoryStore store = CreateStore(Clock, time);
        Assert.That(time.Created, Is.Zero);

        store.Put(Entry("one"));
        store.Put(Entry("two"));
        Assert.That((time.Created, time.Disposed), Is.EqualTo((1, 0)));

        store.Dispose();
        store.Put(Entry("three"));
        Assert.That((time.Created, time.Disposed), Is.EqualTo((1, 1)));
    }

    [Test]
    public void The_sweep_timer_does_not_capture_the_first_callers_context()
    {
        var time = new TimerRecorder();
        using IMemoryStore store = CreateStore(Clock, time);

        store.Put(Entry("key"));

        Assert.That(time.ContextCaptured, Is.False);
        Assert.That(ExecutionContext.IsFlowSuppressed(), Is.False);
    }

    [Test]
    public void A_disposed_store_holds_nothing()
    {
        Store.Put(Entry("key"));

        Store.Dispose();

        Assert.That((Store.Count, Store.SizeInBytes, Find("key")), Is.EqualTo((0L, 0L, (MemoryEntry?)null)));
    }

    [Test]
    public void Lookups_allocate_nothing([Values] bool bySpan)
    {
        string[] keys = [.. Enumerable.Range(0, 100).Select(i => $"key{i}")];
        foreach (string key in keys)
            Store.Put(Entry(key));
        int found = LookUpAll(keys, bySpan) + LookUpAll(["missing"], bySpan);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 10; round++)
            found += LookUpAll(keys, bySpan);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That((allocated, found), Is.EqualTo((0L, 1100)));
    }

    [Test]
    public void A_replaced_or_removed_entry_is_free_for_collection()
    {
        (WeakReference replaced, WeakReference removed) = PutAndLose();

        // Again and again, because the background tasks of an application's cache may hold an entry for a moment.
        Assert.That(AliveAfterCollection, Is.EqualTo((false, false)).After(5_000, 5));
        Assert.That(Store.Count, Is.EqualTo(2));

        (bool, bool) AliveAfterCollection()
        {
            GC.Collect();
            return (replaced.IsAlive, removed.IsAlive);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        (WeakReference Replaced, WeakReference Removed) PutAndLose()
        {
            ObjectEntry<int> first = Entry("key");
            ObjectEntry<int> second = Entry("other");
            Store.Put(Entry("neighbour"));
            Store.Put(first);
            Store.Put(second);
            Store.Put(Entry("key"));
            Store.Remove("other");
            return (new WeakReference(first), new WeakReference(second));
        }
    }

    // The application's cache tells of what it dropped by itself on a thread of its own.
    private void AssertTotals((long Count, long SizeInBytes) expected, string where)
    {
        if ((Store.Count, Store.SizeInBytes) != expected)
            Assert.That(() => (Store.Count, Store.SizeInBytes), Is.EqualTo(expected).After(5_000, 1), where);
    }

    [Test]
    public void Random_operations_agree_with_a_dictionary([Values(1, 2, 3, 4, 5)] int seed)
    {
        var random = new Random(seed);
        var model = new Dictionary<string, MemoryEntry>();
        var dropped = new List<MemoryEntry>();
        for (int step = 0; step < 5_000; step++)
        {
            string key = $"key{random.Next(20)}";
            switch (random.Next(100))
            {
                case < 35:
                    Put(Entry(key, random.Next(1, 100), random.Next(3) == 0 ? Clock.Now + random.Next(1, 100_000) : CoarseClock.Never));
                    break;
                case < 50:
                    Assert.That(Store.Remove(key), Is.EqualTo(model.Remove(key, out MemoryEntry? removed)));
                    if (removed is not null)
                        dropped.Add(removed);
                    break;
                case < 60 when model.TryGetValue(key, out MemoryEntry? current):
                    Assert.That(Store.Remove(current), Is.True);
                    model.Remove(key);
                    dropped.Add(current);
                    break;
                case < 70 when dropped.Count > 0:
                    Assert.That(Store.Remove(dropped[random.Next(dropped.Count)]), Is.False);
                    break;
                case < 71:
                    Store.Clear();
                    dropped.AddRange(model.Values);
                    model.Clear();
                    break;
                case < 75:
                    // A whole number of intervals, so that a sweep has just run at the time the model looks at.
                    Time.Advance(ExpirySweep.DefaultInterval);
                    foreach (MemoryEntry expired in model.Values.Where(e => e.ExpiresAt <= Clock.Now).ToArray())
                    {
                        model.Remove(expired.Key);
                        dropped.Add(expired);
                    }
                    break;
            }
            Assert.That(Find(key), Is.SameAs(model.GetValueOrDefault(key)), $"seed {seed}, step {step}");
            AssertTotals((model.Count, model.Values.Sum(e => e.Size)), $"seed {seed}, step {step}");
        }
        Assert.That(Store.Entries, Is.EquivalentTo(model.Values));

        void Put(ObjectEntry<int> entry)
        {
            if (model.TryGetValue(entry.Key, out MemoryEntry? replaced))
                dropped.Add(replaced);
            model[entry.Key] = entry;
            Store.Put(entry);
        }
    }

    [Test]
    public void Totals_are_exact_after_writers_have_raced()
    {
        Race(4, worker =>
        {
            var random = new Random(worker);
            for (int i = 0; i < 20_000; i++)
            {
                string key = $"key{random.Next(50)}";
                switch (random.Next(10))
                {
                    case < 5:
                        Store.Put(Entry(key, random.Next(1, 100)));
                        break;
                    case < 7:
                        Store.Remove(key);
                        break;
                    case < 9 when Find(key) is { } found:
                        Store.Remove(found);
                        break;
                    case 9 when i % 100 == 0:
                        Store.Clear();
                        break;
                }
            }
        });

        MemoryEntry[] kept = [.. Store.Entries];
        Assert.That((Store.Count, Store.SizeInBytes), Is.EqualTo(((long)kept.Length, kept.Sum(e => e.Size))));
        Assert.That(kept.Select(e => Find(e.Key)), Is.EqualTo(kept));
        foreach (MemoryEntry entry in kept)
            Store.Remove(entry);
        Assert.That((Store.Count, Store.SizeInBytes), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Removing_an_entry_while_another_takes_its_place_never_removes_the_other()
    {
        const int Rounds = 2_000;
        ObjectEntry<int>[] entries = [.. Enumerable.Range(0, Rounds + 1).Select(_ => Entry("key"))];
        int lost = 0;
        Store.Put(entries[0]);
        using var barrier = new Barrier(2, _ => { });

        Race(2, worker =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                barrier.SignalAndWait();
                if (worker == 0)
                    Store.Put(entries[round + 1]);
                else
                    Store.Remove(entries[round]);
                barrier.SignalAndWait();
                if (worker == 0 && !ReferenceEquals(Find("key"), entries[round + 1]))
                    lost++;
            }
        });

        Assert.That((lost, Store.Count), Is.EqualTo((0, 1L)));
    }

    private protected static ObjectEntry<int> Entry(string key, long size = 10, long expiresAt = CoarseClock.Never) =>
        new(key, 0, size) { NextEvent = expiresAt };

    private protected MemoryEntry? Find(string key) => Store.TryGet(key, out MemoryEntry? entry) ? entry : null;

    private protected static void Race(int workers, Action<int> work)
    {
        Task[] tasks = [.. Enumerable.Range(0, workers).Select(w => Task.Factory.StartNew(
            () => work(w), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(tasks);
    }

    private int LookUpAll(string[] keys, bool bySpan)
    {
        int found = 0;
        foreach (string key in keys)
        {
            if (bySpan ? Store.TryGet(key.AsSpan(), out _) : Store.TryGet(key, out _))
                found++;
        }
        return found;
    }
}
