using HybridTiered.Disk.Indexing;

namespace HybridTiered.Disk.Tests.Indexing;

[Category("Unit")]
public sealed class HashIndexTests
{
    [TestCase(1, 64)]
    [TestCase(2, 13)]
    [TestCase(3, 7)]
    public void It_agrees_with_a_dictionary_whatever_the_hashes(int seed, int bitsOfVariety)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var index = new HashIndex();
        var model = new Dictionary<ulong, uint>();
        for (uint step = 1; step <= 40_000; step++)
        {
            // Few bits of variety at the top or at the bottom crowd the hashes in one shard, at one home or at the end of the range.
            ulong variety = (ulong)random.NextInt64() & (ulong.MaxValue >> (64 - bitsOfVariety));
            ulong hash = (step % 3) switch
            {
                0 => variety,
                1 => ulong.MaxValue - variety,
                _ => variety << (64 - bitsOfVariety),
            };
            bool grows = step / 8_000 % 2 == 0;
            if (random.Next(10) < (grows ? 8 : 3))
            {
                bool replaced = index.Set(new IndexSlot(hash, 1, segment: step, place: 1, length: 1), out IndexSlot previous);
                Assert.That(replaced, Is.EqualTo(model.TryGetValue(hash, out uint before)));
                Assert.That(previous.Segment, Is.EqualTo(before));
                model[hash] = step;
            }
            else
            {
                Assert.That(index.Remove(hash), Is.EqualTo(model.Remove(hash)));
            }
            Assert.That(index.TryGet(hash, out IndexSlot found), Is.EqualTo(model.TryGetValue(hash, out uint expected)));
            Assert.That(found.Segment, Is.EqualTo(expected));
        }
        Assert.That(index.Count, Is.EqualTo(model.Count));
        foreach ((ulong hash, uint segment) in model)
            Assert.That(index.TryGet(hash, out IndexSlot found) && found.Segment == segment, Is.True);
    }

    [Test]
    public void A_record_costs_at_most_48_bytes_while_entries_come_and_go()
    {
        var random = new Random(4);
        var index = new HashIndex();
        var hashes = new List<ulong>();
        double most = 0;
        for (int step = 0; step < 600_000; step++)
        {
            ulong hash = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            index.Set(new IndexSlot(hash, 1, 1, 1, 1), out _);
            hashes.Add(hash);
            Observe(step);
        }
        for (int step = 0; step < 450_000; step++)
        {
            index.Remove(hashes[step]);
            Observe(step);
        }

        Assert.That(most, Is.LessThanOrEqualTo(48));

        void Observe(int step)
        {
            if (step % 1000 == 0 && index.Count >= 100_000)
                most = Math.Max(most, (double)index.Bytes / index.Count);
        }
    }

    [Test]
    public void A_slot_takes_32_bytes()
    {
        Assert.That(System.Runtime.CompilerServices.Unsafe.SizeOf<IndexSlot>(), Is.EqualTo(IndexSlot.Size));
    }

    [Test]
    public void An_entry_is_not_found_once_it_has_ended()
    {
        var index = new HashIndex();
        index.Set(new IndexSlot(hash: 7, end: 100, 1, 1, 1), out _);

        Assert.That(index.TryRead(7, now: 99, out _), Is.True);
        Assert.That(index.TryRead(7, now: 100, out _), Is.False);
    }

    [Test]
    public void What_points_elsewhere_by_now_is_neither_removed_nor_moved_nor_extended()
    {
        var index = new HashIndex();
        index.Set(new IndexSlot(7, 100, segment: 1, place: 1, 1), out _);
        index.TryGet(7, out IndexSlot old);
        index.Set(new IndexSlot(7, 100, segment: 2, place: 5, 1), out _);

        index.Move(old, 3, 3);
        long lag = index.Extend(old, 500);

        Assert.That(index.RemoveAt(7, 1, 1), Is.False);
        Assert.That(lag, Is.Zero);
        Assert.That(index.TryGet(7, out IndexSlot now) && now.IsAt(2, 5) && now.End == 100, Is.True);
    }

    [Test]
    public void Being_read_is_remembered_until_the_entry_moves()
    {
        var index = new HashIndex();
        index.Set(new IndexSlot(7, 100, 1, 1, 1), out _);
        index.TryGet(7, out IndexSlot unread);
        index.TryRead(7, 0, out _);
        index.TryGet(7, out IndexSlot read);
        index.Move(read, 2, 2);
        index.TryGet(7, out IndexSlot moved);

        Assert.That((unread.WasRead, read.WasRead, moved.WasRead), Is.EqualTo((false, true, false)));
    }
}
