using System.Buffers;
using HybridTiered.Entries;
using HybridTiered.Fuzzing;
using HybridTiered.Invalidation;

namespace HybridTiered.Tests.Invalidation;

/// <summary>Hostile messages: no exception, nothing that a receiver could not apply, no memory for what is not there.</summary>
[TestFixture, Category("Unit")]
public sealed class MessageHostileTests
{
    [Test]
    public void Hostile_messages_do_no_harm() => Run(HostileInput.Few);

    [Test, Category("Slow")]
    public void A_million_hostile_messages_do_no_harm() => Run(HostileInput.Million);

    // A name of one character costs 32 bytes and its place in the array, and two bytes of input.
    private static void Run(int cases) => HostileInput.Run(cases, Valid(), Read, length => 256 + (24 * length));

    private static bool Read(byte[] bytes, bool isWhole)
    {
        if (!MessageCodec.TryRead(bytes, out InvalidationMessage? message))
        {
            if (isWhole)
                Assert.Fail("A message as it was written is refused.");
            return false;
        }
        if (message.Timestamp < 0 || message.Timestamp > DateTime.MaxValue.Ticks || !Enum.IsDefined(message.Kind))
            Assert.Fail($"{message.Kind} at {message.Timestamp} cannot be.");
        for (int i = 0; i < message.Names.Count; i++)
        {
            if (message.Names[i] is null)
                Assert.Fail("A name is null.");
        }
        if (message.Payload.Length > bytes.Length)
            Assert.Fail("The payload is more than there was.");
        return true;
    }

    [Test]
    public void What_is_taken_for_a_message_is_one_that_could_have_been_written()
    {
        List<byte[]> valid = Valid();
        for (int number = 0; number < HostileInput.Few; number++)
        {
            (byte[] bytes, _) = Damage.Make(new Random(number), valid);
            if (!MessageCodec.TryRead(bytes, out InvalidationMessage? message))
                continue;
            var again = new ArrayBufferWriter<byte>();
            Assert.That(() => MessageCodec.Write(message, again), Throws.Nothing, () => Convert.ToHexString(bytes));
            Assert.That(MessageCodec.TryRead(again.WrittenMemory, out InvalidationMessage? copy), Is.True);
            Assert.That(
                (copy!.Kind, copy.Origin, copy.Timestamp, copy.Version, Convert.ToHexString(copy.Payload.Span)),
                Is.EqualTo((message.Kind, message.Origin, message.Timestamp, message.Version, Convert.ToHexString(message.Payload.Span))));
            Assert.That(copy.Names, Is.EqualTo(message.Names));
        }
    }

    private static List<byte[]> Valid()
    {
        (InvalidationKind Kind, string[] Names, byte[] Payload)[] messages =
        [
            (InvalidationKind.Key, ["product:42"], []),
            (InvalidationKind.Key, ["half\uD83D"], []),
            (InvalidationKind.Keys, ["a", "", "\u8A9E", new('k', 1024)], []),
            (InvalidationKind.Tag, ["products", "category:tea"], []),
            (InvalidationKind.Pattern, ["product:*"], []),
            (InvalidationKind.All, [], []),
            (InvalidationKind.Update, ["product:42"], Damage.Noise(new Random(1), 200)),
        ];
        return [.. messages.Select(m => Encode(new InvalidationMessage(m.Kind, -7, new DateTime(2026, 1, 1).Ticks, m.Names, new EntryVersion(1L << 50), m.Payload)))];
    }

    private static byte[] Encode(InvalidationMessage message)
    {
        var writer = new ArrayBufferWriter<byte>();
        MessageCodec.Write(message, writer);
        return writer.WrittenSpan.ToArray();
    }
}
