using System.Text;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Entries;

/// <summary>Version 2 of the payload layout: what an entry says with it is read back, and nothing else is believed.</summary>
[TestFixture, Category("Unit")]
public sealed class ExtendedPayloadTests
{
    private static readonly DateTimeOffset Modified = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);

    private static IEnumerable<EntryHeader> Headers()
    {
        var plain = new EntryHeader(12_345, TimeSpan.FromMinutes(5), null, ["a", "€"]);
        yield return plain with { ExpandedLength = 0 };
        yield return plain with { ExpandedLength = int.MaxValue };
        yield return plain with { Validators = new EntryValidators("W/\"ä\"", null) };
        yield return plain with { Validators = new EntryValidators("", null) };
        yield return plain with { Validators = new EntryValidators(null, Modified) };
        yield return plain with { ExpandedLength = 77, Granted = TimeSpan.FromSeconds(3), Validators = new EntryValidators("e", DateTimeOffset.MaxValue.ToUniversalTime()) };
    }

    [TestCaseSource(nameof(Headers))]
    public void What_is_written_is_read_back(object boxed)
    {
        var header = (EntryHeader)boxed;
        byte[] data = new PayloadSample("k", header, [1, 2, 3]).Encode();
        PayloadDefect defect = PayloadCodec.TryRead(data, "k", out EntryHeader read, out ReadOnlyMemory<byte> payload);

        Assert.That((defect, data[0], data[1], data[^2], data[^1]), Is.EqualTo((PayloadDefect.None, (byte)3, (byte)2, (byte)3, (byte)2)));
        Assert.That(read with { Tags = header.Tags }, Is.EqualTo(header));
        Assert.That((read.Tags, payload.ToArray()), Is.EqualTo((header.Tags, new byte[] { 1, 2, 3 })).Using<(string[], byte[])>(
            (x, y) => x.Item1.SequenceEqual(y.Item1) && x.Item2.SequenceEqual(y.Item2)));
    }

    [Test]
    public void Without_anything_to_say_the_layout_is_Microsofts()
    {
        byte[] data = new PayloadSample("k", new EntryHeader(1, TimeSpan.FromSeconds(1), null, []), []).Encode();

        Assert.That(data[..2], Is.EqualTo(new byte[] { 3, 1 }));
    }

    [TestCase("01 04 01 00", Description = "A property that is not known")]
    [TestCase("01 01 02 8000", Description = "A length of two varints' worth")]
    [TestCase("01 01 00", Description = "An empty length")]
    [TestCase("01 01 0A FFFFFFFFFFFFFFFFFF01", Description = "A length beyond what an array holds")]
    [TestCase("01 02 02 C328", Description = "An entity tag that is no UTF-8")]
    [TestCase("01 03 07 00000000000000", Description = "A time of seven bytes")]
    [TestCase("01 03 08 FFFFFFFFFFFFFFFF", Description = "A negative time")]
    [TestCase("01 03 08 FFFFFFFFFFFFFF7F", Description = "A time beyond year 9999")]
    [TestCase("02 02 01 61", Description = "Fewer properties than counted")]
    [TestCase("FFFFFFFFFFFFFFFFFF01", Description = "A count that nothing follows")]
    public void What_makes_no_sense_is_damage(string properties)
    {
        byte[] data = Generated.FromHex($"0302 0000 0000000000000000 00 00 01 00 01 6B {properties} 0302");
        long before = GC.GetAllocatedBytesForCurrentThread();
        PayloadDefect defect = PayloadCodec.TryRead(data, "k", out _, out _);

        Assert.That((defect, GC.GetAllocatedBytesForCurrentThread() - before), Is.EqualTo((PayloadDefect.Damaged, 0L)).Using<(PayloadDefect, long)>(
            (x, y) => x.Item1 == y.Item1 && x.Item2 < 1024));
    }

    [Test]
    public void Compressed_bytes_expand_to_what_they_were([Values(64, 1_000, 100_000, 1_000_000)] int length)
    {
        byte[] payload = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i * i % 17))));
        bool smaller = PayloadCompression.TryCompress(payload, out PooledBufferWriter? compressed);
        using (compressed)
        {
            Assert.That((smaller, compressed!.WrittenCount < length), Is.EqualTo((true, true)));
            Assert.That(PayloadCompression.TryExpand(compressed.WrittenSpan, length, length, out byte[]? expanded), Is.True);
            Assert.That(expanded, Is.EqualTo(payload));
        }
    }

    [Test]
    public void Bytes_that_do_not_get_smaller_are_left_as_they_are()
    {
        byte[] payload = new byte[10_000];
        new Random(1).NextBytes(payload);

        Assert.That(PayloadCompression.TryCompress(payload, out _), Is.False);
    }

    [Test]
    public void A_length_that_is_wrong_or_too_large_is_found_out_and_takes_no_memory([Values(-1, 1, 1_000_000_000)] int wrong)
    {
        PayloadCompression.TryCompress(new byte[1_000], out PooledBufferWriter? compressed);
        using (compressed)
        {
            PayloadCompression.TryExpand(compressed!.WrittenSpan, 1_000, 1_000, out _);
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool expanded = PayloadCompression.TryExpand(compressed.WrittenSpan, 1_000L + wrong, long.MaxValue, out _);

            Assert.That((expanded, GC.GetAllocatedBytesForCurrentThread() - before < 100_000), Is.EqualTo((false, true)));
            Assert.That(PayloadCompression.TryExpand(compressed.WrittenSpan, 1_000, 999, out _), Is.False, "above the limit");
        }
    }

    [Test]
    public void A_small_bomb_stops_at_the_length_it_claims()
    {
        PayloadCompression.TryCompress(new byte[50_000_000], out PooledBufferWriter? compressed);
        using (compressed)
        {
            byte[] bomb = compressed!.WrittenSpan.ToArray();
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool expanded = PayloadCompression.TryExpand(bomb, 1_000, 1_000, out _);

            Assert.That((expanded, GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000), Is.EqualTo((false, true)));
        }
    }

    [Test]
    public void Damaged_bytes_are_found_out_or_expand_to_the_length_they_claim()
    {
        byte[] payload = Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 500)));
        PayloadCompression.TryCompress(payload, out PooledBufferWriter? compressed);
        using (compressed)
        {
            byte[] whole = compressed!.WrittenSpan.ToArray();
            for (int at = 0; at < whole.Length; at++)
            {
                byte[] damaged = [.. whole];
                damaged[at] ^= 0x55;
                if (PayloadCompression.TryExpand(damaged, payload.Length, payload.Length, out byte[]? expanded))
                    Assert.That(expanded, Has.Length.EqualTo(payload.Length));
                Assert.That(PayloadCompression.TryExpand(whole.AsSpan(0, at), payload.Length, payload.Length, out _), Is.False, "cut");
            }
        }
    }
}
