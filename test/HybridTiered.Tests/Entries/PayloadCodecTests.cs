using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Entries;

[TestFixture, Category("Unit")]
public sealed class PayloadCodecTests
{
    private static readonly long Created = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).Ticks;

    [Test]
    public void The_bytes_are_those_of_Microsofts_layout()
    {
        var header = new EntryHeader(0x0102030405060708, TimeSpan.FromTicks(300), null, ["ab", "€"]);
        byte[] data = new PayloadSample("ké", header, [0xDE, 0xAD]).Encode();

        byte[] expected =
        [
            0x03, 0x01,                                     // marker, version
            data[2], data[3],                               // random
            0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, // creation time
            0x00,                                           // flags
            0x02,                                           // payload length
            0xAC, 0x02,                                     // duration 300
            0x02,                                           // tag count
            0x03, (byte)'k', 0xC3, 0xA9,                    // key
            0x02, (byte)'a', (byte)'b',                     // tags
            0x03, 0xE2, 0x82, 0xAC,
            0xDE, 0xAD,                                     // payload
            0x03, 0x01,
        ];
        Assert.That(data, Is.EqualTo(expected));
    }

    [Test]
    public void A_promoted_copy_gives_Microsofts_reader_its_own_life_and_keeps_the_base_duration_above_the_flags()
    {
        byte[] data = new PayloadSample("k", new EntryHeader(0, TimeSpan.FromSeconds(1), TimeSpan.FromTicks(300), []), []).Encode();

        byte[] flagsLengthLife = [0x80, 0x80, 0x80, 0x80, 0x80, 0x7D, 0x00, 0xAC, 0x02]; // 1000 << 32, 0, 300
        Assert.That(data[12..21], Is.EqualTo(flagsLengthLife));
    }

    [Test]
    public void A_hand_made_entry_is_understood()
    {
        byte[] data = [3, 1, 9, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 10, 1, 1, (byte)'k', 1, (byte)'t', 7, 8, 9, 3, 1];

        PayloadDefect defect = PayloadCodec.TryRead(data, "k", out EntryHeader header, out ReadOnlyMemory<byte> payload);

        Assert.That(defect, Is.EqualTo(PayloadDefect.None));
        Assert.That(header, Has.Property("Created").EqualTo(1).And.Property("Granted").Null);
        Assert.That(header.Duration, Is.EqualTo(TimeSpan.FromTicks(10)));
        Assert.That(header.Tags, Is.EqualTo((string[])["t"]));
        Assert.That(payload.ToArray(), Is.EqualTo(new byte[] { 7, 8, 9 }));
    }

    [Test]
    public void What_was_written_is_read_back() =>
        Generated.Satisfy(PayloadSample.Any, sample =>
        {
            byte[] data = sample.Encode();
            return PayloadCodec.TryRead(data, sample.Key, out EntryHeader header, out ReadOnlyMemory<byte> payload) == PayloadDefect.None
                && header.Created == sample.Header.Created
                && header.Tags.SequenceEqual(sample.Header.Tags)
                && payload.Span.SequenceEqual(sample.Payload)
                && LivesAreThoseOf(sample.Header, header);
        });

    [Test]
    public void An_entry_made_around_its_payload_is_the_one_that_is_written_at_once() =>
        Generated.Satisfy(PayloadSample.Any, sample => AreAlike(sample.EncodeInPlace(), sample.Encode()));

    [Test]
    public void The_room_for_a_header_is_enough_for_every_header()
    {
        // Three bytes of UTF-8 for each character, and lengths of more than one byte.
        string text = new('€', 500);
        string[] tags = [.. Enumerable.Repeat(text, 200)];
        foreach (EntryValidators? validators in (EntryValidators?[])[null, new EntryValidators(text, DateTimeOffset.MaxValue)])
        {
            var header = new EntryHeader(Created, TimeSpan.FromDays(20_000), TimeSpan.FromDays(19_000), tags) { Validators = validators };
            var sample = new PayloadSample(text, header, [1, 2, 3]);

            Assert.That(AreAlike(sample.EncodeInPlace(), sample.Encode()), Is.True);
        }
    }

    // But for the random part.
    private static bool AreAlike(byte[] one, byte[] other) =>
        one.AsSpan(0, 2).SequenceEqual(other.AsSpan(0, 2)) && one.AsSpan(4).SequenceEqual(other.AsSpan(4));

    // Only the base duration of a promoted copy is rounded: down, to milliseconds or, beyond 24 days, to seconds, and to 68 years at most.
    // Where it vanishes, the copy must not outlive it.
    private static bool LivesAreThoseOf(EntryHeader written, EntryHeader read)
    {
        if (written.Granted is not { } granted || granted == written.Duration)
            return read.Granted is null && read.Duration == written.Duration;
        if (written.Duration < TimeSpan.FromMilliseconds(1))
            return read.Granted is null && read.Duration == (granted < written.Duration ? granted : written.Duration);
        TimeSpan lost = written.Duration - read.Duration;
        TimeSpan mayLose = written.Duration < TimeSpan.FromDays(24.8) ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1);
        return read.Life == granted
            && lost >= TimeSpan.Zero
            && (lost < mayLose || read.Duration == TimeSpan.FromSeconds(int.MaxValue));
    }

    [TestCase(1L, 2L)]
    [TestCase(TimeSpan.TicksPerMillisecond - 1, 5 * TimeSpan.TicksPerSecond)]
    public void A_copy_whose_base_duration_is_too_short_to_be_told_does_not_outlive_it(long duration, long granted)
    {
        byte[] data = Promoted(TimeSpan.FromTicks(duration), TimeSpan.FromTicks(granted));

        PayloadCodec.TryRead(data, "k", out EntryHeader header, out _);

        Assert.That(header.Life.Ticks, Is.EqualTo(duration));
        Assert.That(header.Duration.Ticks, Is.EqualTo(duration));
    }

    [Test]
    public void A_life_beyond_the_end_of_time_is_cut_there_in_either_place()
    {
        TimeSpan longest = DateTime.MaxValue - new DateTime(Created);

        PayloadCodec.TryRead(Plain(TimeSpan.MaxValue), "k", out EntryHeader plain, out _);
        PayloadCodec.TryRead(Promoted(TimeSpan.FromMinutes(1), TimeSpan.MaxValue), "k", out EntryHeader granted, out _);
        PayloadCodec.TryRead(Promoted(TimeSpan.MaxValue, TimeSpan.FromMinutes(1)), "k", out EntryHeader based, out _);

        Assert.That(plain.Duration, Is.EqualTo(longest));
        Assert.That(granted.Granted, Is.EqualTo(longest));
        Assert.That(granted.Duration, Is.EqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(based.Granted, Is.EqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(based.Duration, Is.EqualTo(TimeSpan.FromSeconds(int.MaxValue)));
    }

    [Test]
    public void Equal_entries_are_told_apart_by_their_random_part()
    {
        string[] random = [.. Enumerable.Range(0, 50).Select(_ => Convert.ToHexString(Plain(TimeSpan.FromMinutes(1)), 2, 2))];

        Assert.That(random.Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public void A_name_that_has_no_place_in_the_layout_is_refused()
    {
        using var writer = new PooledBufferWriter();
        foreach ((string key, string tag) in ((string, string)[])[("\uD83D", "t"), ("k", "\uDE00"), ("k", "")])
        {
            var header = new EntryHeader(Created, TimeSpan.FromMinutes(1), null, [tag]);
            Assert.That(() => PayloadCodec.Write(writer, key, header, []), Throws.ArgumentException);
        }
    }

    [TestCase(-1L, 1L, 1L)]
    [TestCase(long.MaxValue, 1L, 1L)]
    [TestCase(0L, 0L, 1L)]
    [TestCase(0L, -1L, 1L)]
    [TestCase(0L, 1L, 0L)]
    public void Times_out_of_range_are_refused(long created, long duration, long granted)
    {
        using var writer = new PooledBufferWriter();
        var header = new EntryHeader(created, TimeSpan.FromTicks(duration), TimeSpan.FromTicks(granted), []);

        Assert.That(() => PayloadCodec.Write(writer, "k", header, []), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void An_entry_is_not_given_out_under_another_key()
    {
        string longNonAscii = new('é', 2000);
        (string Stored, string Asked)[] pairs =
        [
            ("a", "b"), ("a", "ab"), ("ab", "a"), ("é", "e"), ("é", "ee"), ("é", "è"), ("\uFFFD", "\uD83D"),
            (longNonAscii, longNonAscii[1..] + "è"),
        ];
        Assert.Multiple(() =>
        {
            foreach ((string stored, string asked) in pairs)
            {
                byte[] data = new PayloadSample(stored, new EntryHeader(Created, TimeSpan.FromMinutes(1), null, []), []).Encode();
                Assert.That(PayloadCodec.TryRead(data, asked, out _, out _), Is.EqualTo(PayloadDefect.OtherKey));
                Assert.That(PayloadCodec.TryRead(data, stored, out _, out _), Is.EqualTo(PayloadDefect.None));
            }
        });
    }

    [Test]
    public void Reading_an_entry_without_tags_allocates_nothing()
    {
        foreach (string key in (string[])["user:1", "é語", new string('é', 2000)])
        {
            byte[] data = new PayloadSample(key, new EntryHeader(Created, TimeSpan.FromMinutes(1), null, []), new byte[1000]).Encode();
            PayloadCodec.TryRead(data, key, out _, out _);

            long before = GC.GetAllocatedBytesForCurrentThread();
            PayloadDefect defect = PayloadCodec.TryRead(data, key, out _, out _);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.That(defect, Is.EqualTo(PayloadDefect.None));
            Assert.That(allocated, Is.Zero, $"key of {key.Length}");
        }
    }

    private static byte[] Plain(TimeSpan duration) => new PayloadSample("k", new EntryHeader(Created, duration, null, []), [1]).Encode();

    private static byte[] Promoted(TimeSpan duration, TimeSpan granted) =>
        new PayloadSample("k", new EntryHeader(Created, duration, granted, []), [1]).Encode();
}
