using FsCheck;
using FsCheck.Fluent;
using HybridTiered.Entries;
using HybridTiered.Invalidation;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Invalidation;

[TestFixture, Category("Unit")]
public sealed class MessageCodecTests
{
    private const int FixedLength = 20;

    // Halves of surrogate pairs among them: such names have no UTF-8 form.
    private static readonly Gen<string> Names =
        Gen.Elements("a", "key:", " ", "é", "€", "\U0001F600", "\uD83D", "\uDE00").NonEmptyListOf().Resize(6).Select(string.Concat);

    private static readonly Gen<InvalidationMessage> Messages =
        from kind in Gen.Elements(Enum.GetValues<InvalidationKind>())
        from origin in Gen.Choose(int.MinValue, int.MaxValue)
        from time in Gen.Choose(0, 3_000_000)
        from names in NamesOf(kind)
        from version in Gen.Elements(0, 1, 127, 128, 1_000_000, long.MaxValue, -1, long.MinValue)
        from payload in Generated.Bytes(40)
        select new InvalidationMessage(
            kind, origin * 5_000_000_007L, time * TimeSpan.TicksPerDay, names, new EntryVersion(version), payload);

    [Test]
    public void The_bytes_are_those_of_the_documented_layout()
    {
        var message = new InvalidationMessage(
            InvalidationKind.Update, 0x1122334455667788, 0x0102030405060708, ["ké"], new EntryVersion(300), new byte[] { 0xDE, 0xAD });

        byte[] expected =
        [
            0x48, 0x54, 1, 6,
            0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
            0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
            0xAC, 0x02,
            1, 6, (byte)'k', 0xC3, 0xA9,
            2, 0xDE, 0xAD,
        ];
        Assert.That(Encode(message), Is.EqualTo(expected));
    }

    [Test]
    public void A_name_without_a_utf8_form_travels_as_utf16()
    {
        byte[] data = Encode(new InvalidationMessage(InvalidationKind.Key, 0, 0, ["a\uD83D"]));

        byte[] expected = [0, 1, 9, (byte)'a', 0, 0x3D, 0xD8, 0];
        Assert.That(data[FixedLength..], Is.EqualTo(expected));
        Assert.That(MessageCodec.TryRead(data, out InvalidationMessage? read), Is.True);
        Assert.That(read!.Names[0] == "a\uD83D", Is.True);
    }

    [Test]
    public void What_was_written_is_read_back() =>
        Generated.Satisfy(
            Messages,
            message => MessageCodec.TryRead(Encode(message), out InvalidationMessage? read) && AreAlike(message, read));

    [Test]
    public void The_payload_is_a_part_of_the_bytes_read()
    {
        byte[] data = Encode(new InvalidationMessage(InvalidationKind.Update, 1, 2, ["k"], default, new byte[] { 7, 8, 9 }));

        MessageCodec.TryRead(data, out InvalidationMessage? message);
        data[^1] = 99;

        Assert.That(message!.Payload.ToArray(), Is.EqualTo((byte[])[7, 8, 99]));
    }

    [Test]
    public void A_cut_in_any_place_is_found_out() =>
        Generated.Satisfy(Messages, message =>
        {
            byte[] data = Encode(message);
            return Enumerable.Range(0, data.Length).All(length => !MessageCodec.TryRead(data.AsMemory(0, length), out _));
        });

    [Test]
    public void Bytes_too_many_are_found_out() =>
        Generated.Satisfy(Messages, message => !MessageCodec.TryRead((byte[])[.. Encode(message), 0], out _));

    // There is no checksum; but whatever is accepted is a message that could have been written so.
    [Test]
    public void A_changed_byte_never_throws_and_what_is_accepted_is_a_proper_message() =>
        Generated.Satisfy(
            from message in Messages from flip in Gen.Choose(1, 255) select (message, flip),
            both =>
            {
                byte[] data = Encode(both.message);
                for (int at = 0; at < data.Length; at++)
                {
                    data[at] ^= (byte)both.flip;
                    if (MessageCodec.TryRead(data, out InvalidationMessage? read))
                    {
                        bool isProper = MessageCodec.TryRead(Encode(read), out InvalidationMessage? again) && AreAlike(read, again);
                        if (at < 3 || !isProper)
                            return false;
                    }
                    data[at] ^= (byte)both.flip;
                }
                return true;
            });

    [Test]
    public void A_million_random_inputs_neither_throw_nor_allocate_much()
    {
        const int Seed = 20260103;
        const int Inputs = 1_000_000;
        byte[][] proper = [.. Messages.Sample(20, new Rnd(Seed, 1), 200).Select(Encode)];
        var random = new Random(Seed);
        byte[] input = new byte[1024];
        int accepted = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Inputs; i++)
        {
            // A proper message with noise from some place on: up to its end, for a few bytes, or not at all.
            byte[] message = proper[random.Next(proper.Length)];
            message.CopyTo(input, 0);
            int start = random.Next(message.Length);
            int length = random.Next(5) switch { 0 => message.Length, 1 => 0, _ => random.Next(4) };
            random.NextBytes(input.AsSpan(start, Math.Min(length, message.Length - start)));
            if (MessageCodec.TryRead(input.AsMemory(0, message.Length), out _))
                accepted++;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(accepted, Is.InRange(Inputs / 10, Inputs * 9 / 10), $"seed {Seed}: the inputs do not try both outcomes");
        Assert.That(allocated / Inputs, Is.LessThan(1024), $"seed {Seed}");
    }

    [TestCase(5, "000000", ExpectedResult = true, Description = "Nothing but the kind is needed to invalidate everything")]
    [TestCase(1, "000102 6B 00", ExpectedResult = true)]
    [TestCase(2, "0002 02 6B 02 6C 00", ExpectedResult = true)]
    [TestCase(0, "000102 6B 00", ExpectedResult = false, Description = "No such kind")]
    [TestCase(7, "000102 6B 00", ExpectedResult = false, Description = "No such kind")]
    [TestCase(1, "000000", ExpectedResult = false, Description = "A key is missing")]
    [TestCase(1, "0002 02 6B 02 6C 00", ExpectedResult = false, Description = "A key too many")]
    [TestCase(2, "000000", ExpectedResult = false, Description = "No keys")]
    [TestCase(3, "000000", ExpectedResult = false, Description = "No tag")]
    [TestCase(4, "000000", ExpectedResult = false, Description = "No pattern")]
    [TestCase(4, "00010000", ExpectedResult = false, Description = "A pattern that is none")]
    [TestCase(5, "000102 6B 00", ExpectedResult = false, Description = "A name where everything is meant")]
    [TestCase(6, "0002 02 6B 02 6C 00", ExpectedResult = false, Description = "Two keys for one value")]
    [TestCase(1, "000102 FF 00", ExpectedResult = false, Description = "Not UTF-8")]
    [TestCase(1, "000103 6B 00", ExpectedResult = false, Description = "Half a UTF-16 code unit")]
    [TestCase(1, "00018001 6B 00", ExpectedResult = false, Description = "A name beyond the end")]
    [TestCase(2, "00FFFFFFFFFFFFFFFFFF01 02 6B 00", ExpectedResult = false, Description = "More names than bytes")]
    [TestCase(1, "0001FFFFFFFFFFFFFFFFFF01 6B 00", ExpectedResult = false, Description = "A name longer than memory")]
    [TestCase(1, "000102 6B FFFFFFFFFFFFFFFFFF01", ExpectedResult = false, Description = "A payload longer than memory")]
    public bool A_message_has_the_names_that_its_kind_asks_for(int kind, string afterFixedPart) =>
        MessageCodec.TryRead(Generated.FromHex($"485401{kind:X2} 0000000000000000 0000000000000000 {afterFixedPart}"), out _);

    [TestCase("485401", "0000000000000000", ExpectedResult = true)]
    [TestCase("485402", "0000000000000000", ExpectedResult = false, Description = "A later version")]
    [TestCase("485501", "0000000000000000", ExpectedResult = false, Description = "Something else")]
    [TestCase("485401", "0000000000000080", ExpectedResult = false, Description = "A time before all time")]
    [TestCase("485401", "FFFFFFFFFFFFFF7F", ExpectedResult = false, Description = "A time beyond year 9999")]
    public bool A_message_has_a_known_version_and_a_possible_time(string beginning, string timestamp) =>
        MessageCodec.TryRead(Generated.FromHex($"{beginning}05 0000000000000000 {timestamp} 00 00 00"), out _);

    [Test]
    public void A_message_that_nobody_would_accept_is_not_written()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Encode(new InvalidationMessage(InvalidationKind.Key, 0, 0, [])), Throws.ArgumentException);
            Assert.That(() => Encode(new InvalidationMessage(InvalidationKind.Update, 0, 0, ["a", "b"])), Throws.ArgumentException);
            Assert.That(() => Encode(new InvalidationMessage(InvalidationKind.All, 0, 0, ["a"])), Throws.ArgumentException);
            Assert.That(() => Encode(new InvalidationMessage(InvalidationKind.Pattern, 0, 0, [""])), Throws.ArgumentException);
            Assert.That(() => Encode(new InvalidationMessage((InvalidationKind)9, 0, 0, ["a"])), Throws.ArgumentException);
            Assert.That(() => Encode(new InvalidationMessage(InvalidationKind.All, 0, -1, [])), Throws.ArgumentException);
            Assert.That(() => Encode(new InvalidationMessage(InvalidationKind.Key, 0, 0, [null!])), Throws.InstanceOf<ArgumentException>());
        });
    }

    private static Gen<string[]> NamesOf(InvalidationKind kind) => kind switch
    {
        InvalidationKind.All => Gen.Constant<string[]>([]),
        InvalidationKind.Key or InvalidationKind.Update => Names.Select(name => (string[])[name]),
        _ => Names.NonEmptyListOf().Resize(5).Select(names => names.ToArray()),
    };

    private static bool AreAlike(InvalidationMessage one, InvalidationMessage other) =>
        one.Kind == other.Kind
        && one.Origin == other.Origin
        && one.Timestamp == other.Timestamp
        && one.Names.SequenceEqual(other.Names, StringComparer.Ordinal)
        && one.Version == other.Version
        && one.Payload.Span.SequenceEqual(other.Payload.Span);

    private static byte[] Encode(InvalidationMessage message)
    {
        using var writer = new PooledBufferWriter();
        MessageCodec.Write(message, writer);
        return writer.WrittenSpan.ToArray();
    }
}
