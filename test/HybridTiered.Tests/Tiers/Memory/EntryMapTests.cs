using HybridTiered.Tiers.Memory;

namespace HybridTiered.Tests.Tiers.Memory;

[TestFixture, Category("Unit")]
public sealed class EntryMapTests
{
    [Test]
    public void It_does_what_a_dictionary_does([Values(1, 2, 3, 4, 5)] int seed)
    {
        var random = new Random(seed);
        var map = new EntryMap(new Lock());
        var model = new Dictionary<string, MemoryEntry>(StringComparer.Ordinal);
        // Mostly growing, then mostly shrinking, and through all of it few enough keys to be met again.
        for (int i = 0; i < 40_000; i++)
        {
            string key = "key:" + random.Next(6_000);
            model.TryGetValue(key, out MemoryEntry? known);
            switch (random.Next(i < 20_000 ? 8 : 12))
            {
                case < 4:
                    MemoryEntry put = Entry(key, random.Next(100));
                    Assert.That(map.Put(put), Is.SameAs(known));
                    model[key] = put;
                    break;
                case 4:
                    MemoryEntry replacement = Entry(key, random.Next(100));
                    MemoryEntry old = known is not null && random.Next(2) == 0 ? known : Entry(key);
                    Assert.That(map.TryReplace(old, replacement), Is.EqualTo(old == known));
                    if (old == known)
                        model[key] = replacement;
                    break;
                case 5:
                    Assert.That(map.TryGet(key, out MemoryEntry? found) ? found : null, Is.SameAs(known));
                    break;
                case < 9:
                    Assert.That(map.Remove(key, out MemoryEntry? removed) ? removed : null, Is.SameAs(known));
                    model.Remove(key);
                    break;
                default:
                    Assert.That(map.Remove(Entry(key)), Is.False);
                    Assert.That(known is not null && map.Remove(known), Is.EqualTo(model.Remove(key)));
                    break;
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(map.Entries, Is.EquivalentTo(model.Values));
            Assert.That((map.Count, map.SizeInBytes), Is.EqualTo((model.Count, model.Values.Sum(entry => entry.Size))));
            foreach ((string key, MemoryEntry entry) in model)
                Assert.That(map.TryGet(key.AsSpan(), out MemoryEntry? found) ? found : null, Is.SameAs(entry));
        });
    }

    [Test]
    public void A_walk_meets_every_entry_once_though_the_table_grows_under_it()
    {
        var map = new EntryMap(new Lock());
        MemoryEntry[] there = [.. Enumerable.Range(0, 1_000).Select(i => Entry("there:" + i))];
        foreach (MemoryEntry entry in there)
            map.Put(entry);

        var met = new List<MemoryEntry>();
        int added = 0;
        foreach (MemoryEntry entry in map.Entries)
        {
            met.Add(entry);
            if (entry.Key[0] != 't')
                continue;
            for (int i = 0; i < 20; i++)
                map.Put(Entry("later:" + added++));
            // What has left must not lead the walk away from what is still there.
            map.Remove("later:" + (added - 7), out _);
        }

        Assert.Multiple(() =>
        {
            Assert.That(met.Distinct().Count(), Is.EqualTo(met.Count));
            Assert.That(met.Where(entry => entry.Key[0] == 't'), Is.EquivalentTo(there));
        });
    }

    [Test]
    public void Readers_never_miss_what_is_there_while_others_come_and_go_and_the_table_grows()
    {
        const int stable = 500;
        const int passing = 300_000;
        var map = new EntryMap(new Lock());
        for (int i = 0; i < stable; i++)
            map.Put(Entry("stable:" + i));
        using var stop = new CancellationTokenSource();
        Task<int> misses = Task.Run(() =>
        {
            int missed = 0;
            string[] keys = [.. Enumerable.Range(0, stable).Select(i => "stable:" + i)];
            while (!stop.IsCancellationRequested)
            {
                foreach (string key in keys)
                    missed += map.TryGet(key, out MemoryEntry? entry) && entry.Key == key ? 0 : 1;
            }
            return missed;
        });
        var random = new Random(1);
        for (int i = 0; i < passing; i++)
        {
            map.Put(Entry("passing:" + i));
            map.Put(Entry("stable:" + random.Next(stable)));
            if (random.Next(3) == 0)
                map.Remove("passing:" + random.Next(i + 1), out _);
        }
        stop.Cancel();

        Assert.That(misses.GetAwaiter().GetResult(), Is.Zero);
    }

    [Test]
    public void A_lookup_that_a_division_led_astray_finds_its_entry_under_the_lock()
    {
        var writes = new Lock();
        var map = new EntryMap(writes);
        MemoryEntry[] entries = [.. Enumerable.Range(0, 16).Select(i => Entry("key:" + i))];
        foreach (MemoryEntry entry in entries)
            map.Put(entry);

        // A division under way: the chain is cut and its number odd. Whoever finds nothing must wait for its end.
        Dictionary<MemoryEntry, MemoryEntry?> links = entries.ToDictionary(entry => entry, entry => entry.MapNext);
        MemoryEntry cutFrom = links.First(link => link.Value is not null).Key;
        MemoryEntry lost = cutFrom.MapNext!;
        Task<bool> lookup;
        lock (writes)
        {
            map.BeginDivision_NeedsLock();
            cutFrom.MapNext = null;
            lookup = Task.Run(() => map.TryGet(lost.Key, out MemoryEntry? found) && found == lost);
            Assert.That(lookup.Wait(TimeSpan.FromMilliseconds(50)), Is.False);
            cutFrom.MapNext = lost;
            map.EndDivision_NeedsLock();
        }

        Assert.That(lookup.GetAwaiter().GetResult(), Is.True);
    }

    private static ObjectEntry<int> Entry(string key, long size = 10) => new(key, 0, size);
}
