using System.Text.Unicode;
using FsCheck.Fluent;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Entries;

/// <summary>
/// What the layout guarantees about damaged bytes. It has no checksum, so a changed byte inside the payload, a tag or a time yields an
/// entry that differs there. Everything else is found out, nothing throws, and one changed byte does not move the payload to other bytes or
/// give it another length. Behind the field of the payload's length that is certain, because the payload is that many bytes before the end;
/// a byte changed in front of it would have to make the key and its length appear a second time.
/// </summary>
[TestFixture, Category("Unit")]
public sealed class PayloadDamageTests
{
    // Written by hand, so that the offsets below do not come from the code under test.
    private static readonly byte[] Sample =
    [
        3, 1,
        0x55, 0xAA,
        0, 0, 0, 0, 0, 0, 0xDD, 0x08,
        0,
        4,
        0xAC, 0x02,
        2,
        3, (byte)'k', 0xC3, 0xA9,
        2, (byte)'a', (byte)'b',
        1, (byte)'c',
        10, 20, 30, 40,
        3, 1,
    ];

    private static readonly Range Random = 2..4;
    private static readonly Range Created = 4..12;
    private static readonly Range Duration = 14..16;
    private static readonly Range Tags = 21..26;
    private static readonly Range Payload = 26..30;

    [Test]
    public void The_undamaged_sample_is_an_entry()
    {
        PayloadDefect defect = PayloadCodec.TryRead(Sample, "ké", out EntryHeader header, out ReadOnlyMemory<byte> payload);

        Assert.That(defect, Is.EqualTo(PayloadDefect.None));
        Assert.That(header.Tags, Is.EqualTo((string[])["ab", "c"]));
        Assert.That(payload.ToArray(), Is.EqualTo(new byte[] { 10, 20, 30, 40 }));
    }

    [Test]
    public void Any_other_byte_in_any_place_changes_at_most_what_that_place_holds()
    {
        PayloadCodec.TryRead(Sample, "ké", out EntryHeader original, out _);
        Assert.Multiple(() =>
        {
            for (int at = 0; at < Sample.Length; at++)
            {
                for (int flip = 1; flip < 256; flip++)
                {
                    byte[] damaged = [.. Sample];
                    damaged[at] ^= (byte)flip;
                    PayloadDefect defect = PayloadCodec.TryRead(damaged, "ké", out EntryHeader header, out ReadOnlyMemory<byte> payload);

                    string place = $"byte {at} ^ {flip}";
                    if (!IsIn(at, Random) && !IsIn(at, Created) && !IsIn(at, Duration) && !IsIn(at, Tags) && !IsIn(at, Payload))
                        Assert.That(defect, Is.Not.EqualTo(PayloadDefect.None), place);
                    if (at < 2)
                        Assert.That(defect, Is.EqualTo(damaged[1] == 2 && at == 1 ? PayloadDefect.Damaged : PayloadDefect.NotAPayload), place);
                    if (IsIn(at, Random) || IsIn(at, Payload))
                        Assert.That(defect, Is.EqualTo(PayloadDefect.None), place);
                    if (defect != PayloadDefect.None)
                        continue;

                    Assert.That(header.Created != original.Created, Is.EqualTo(IsIn(at, Created)), place);
                    Assert.That(header.Duration != original.Duration, Is.EqualTo(IsIn(at, Duration)), place);
                    Assert.That(!header.Tags.SequenceEqual(original.Tags), Is.EqualTo(IsIn(at, Tags)), place);
                    Assert.That(header.Granted, Is.Null, place);
                    Assert.That(payload.Span.SequenceEqual(damaged.AsSpan(Payload)), Is.True, place);
                }
            }
        });
    }

    [Test]
    public void A_changed_key_is_another_key_or_damage()
    {
        for (int at = 18; at < 21; at++)
        {
            for (int flip = 1; flip < 256; flip++)
            {
                byte[] damaged = [.. Sample];
                damaged[at] ^= (byte)flip;

                PayloadDefect expected = Utf8.IsValid(damaged.AsSpan(18, 3)) ? PayloadDefect.OtherKey : PayloadDefect.Damaged;
                Assert.That(Read(damaged, "ké"), Is.EqualTo(expected));
            }
        }
    }

    [Test]
    public void A_cut_in_any_place_is_found_out() =>
        Generated.Satisfy(PayloadSample.Any, sample =>
        {
            byte[] data = sample.Encode();
            return Enumerable.Range(0, data.Length).All(length => Read(data.AsMemory(0, length), sample.Key) != PayloadDefect.None);
        });

    [Test]
    public void Bytes_too_many_are_found_out() =>
        Generated.Satisfy(
            from sample in PayloadSample.Any from tail in Generated.Bytes(4).Where(tail => tail.Length > 0) select (sample, tail),
            both => Read((byte[])[.. both.sample.Encode(), .. both.tail], both.sample.Key) != PayloadDefect.None);

    [Test]
    public void No_changed_byte_throws_or_moves_the_payload() =>
        Generated.Satisfy(
            from sample in PayloadSample.Any from flip in Gen.Choose(1, 255) select (sample, flip),
            both =>
            {
                byte[] data = both.sample.Encode();
                int start = data.Length - 2 - both.sample.Payload.Length;
                for (int at = 0; at < data.Length; at++)
                {
                    data[at] ^= (byte)both.flip;
                    PayloadDefect defect = PayloadCodec.TryRead(data, both.sample.Key, out _, out ReadOnlyMemory<byte> payload);
                    if (defect == PayloadDefect.None && !payload.Equals(data.AsMemory(start, both.sample.Payload.Length)))
                        return false;
                    data[at] ^= (byte)both.flip;
                }
                return true;
            },
            count: 300);

    [Test]
    public void Noise_behind_the_marker_does_not_throw()
    {
        const int Seed = 20260102;
        var random = new Random(Seed);
        for (int i = 0; i < 300_000; i++)
        {
            byte[] noise = new byte[random.Next(64)];
            random.NextBytes(noise);
            // Small numbers make lengths that fit, and so let more of the noise reach the later steps.
            for (int at = 12; at < noise.Length; at++)
                noise[at] &= 0x83;
            if (noise.Length > 11)
                (noise[0], noise[1], noise[11]) = (3, 1, 8);

            Assert.That(() => Read(noise, "k"), Throws.Nothing, $"seed {Seed}, input {Convert.ToHexString(noise)}");
        }
    }

    // Every row differs in one place from 00, 00, 01, 00, 01 6B, which is an entry.
    [TestCase("01", "00", "01", "00", "01 6B", Description = "Unknown flags")]
    [TestCase("8080808080808080 8001", "00", "01", "00", "01 6B", Description = "A base duration of zero seconds")]
    [TestCase("00", "8000", "01", "00", "01 6B", Description = "A number longer than needed")]
    [TestCase("00", "FFFFFFFFFFFFFFFF FF01", "01", "00", "01 6B", Description = "A payload beyond the end")]
    [TestCase("00", "00", "00", "00", "01 6B", Description = "No life")]
    [TestCase("00", "00", "FFFFFFFFFFFFFFFF FF01", "00", "01 6B", Description = "A life beyond all time")]
    [TestCase("00", "00", "FFFFFFFFFFFFFFFF FF02", "00", "01 6B", Description = "A number beyond 64 bits")]
    [TestCase("00", "00", "01", "01", "01 6B 00", Description = "An empty tag")]
    [TestCase("00", "00", "01", "01", "01 6B 01 FF", Description = "A tag that is not UTF-8")]
    public void Numbers_out_of_range_are_found_out(string flags, string payloadLength, string life, string tagCount, string keyAndTags)
    {
        Assert.That(Outcome("00", "00", "01", "00", "01 6B"), Is.EqualTo(PayloadDefect.None));
        Assert.That(Outcome(flags, payloadLength, life, tagCount, keyAndTags), Is.EqualTo(PayloadDefect.Damaged));

        static PayloadDefect Outcome(params string[] fields) =>
            Read(Generated.FromHex($"0301 0000 0000000000000000 {string.Join(' ', fields)} 0301"), "k");
    }

    [TestCase("0301", "0000000000000080", ExpectedResult = PayloadDefect.Damaged, Description = "A negative creation time")]
    [TestCase("0301", "FFFFFFFFFFFFFF7F", ExpectedResult = PayloadDefect.Damaged, Description = "A creation time beyond year 9999")]
    [TestCase("0302", "0000000000000000", ExpectedResult = PayloadDefect.Damaged, Description = "Version 2 without its properties")]
    [TestCase("0303", "0000000000000000", ExpectedResult = PayloadDefect.NotAPayload, Description = "Version 3 is not read")]
    public object Beginnings_out_of_range_are_found_out(string marker, string created) =>
        Read(Generated.FromHex($"{marker} 0000 {created} 00 00 01 00 01 6B {marker}"), "k");

    [TestCase("FFFFFFFFFFFFFFFF FF01", "01 6B", Description = "Tag count")]
    [TestCase("01", "01 6B FFFFFFFF07", Description = "Length of a tag")]
    [TestCase("00", "FFFFFFFF07 6B", Description = "Length of the key")]
    public void A_length_allocates_nothing_before_its_bytes_are_there(string tagCount, string keyAndTags)
    {
        byte[] data = Generated.FromHex($"0301 0000 0000000000000000 00 00 01 {tagCount} {keyAndTags} 0301");
        Read(data, "k");

        long before = GC.GetAllocatedBytesForCurrentThread();
        PayloadDefect defect = Read(data, "k");
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(defect, Is.EqualTo(PayloadDefect.Damaged));
        Assert.That(allocated, Is.Zero);
    }

    private static PayloadDefect Read(ReadOnlyMemory<byte> data, string key) => PayloadCodec.TryRead(data, key, out _, out _);

    private static bool IsIn(int at, Range range) => at >= range.Start.Value && at < range.End.Value;
}
