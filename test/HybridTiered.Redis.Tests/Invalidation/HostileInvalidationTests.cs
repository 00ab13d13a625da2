using System.Buffers;
using System.Text;
using HybridTiered.Entries;
using HybridTiered.Fuzzing;
using HybridTiered.Invalidation;
using HybridTiered.Redis.Invalidation;
using StackExchange.Redis;

namespace HybridTiered.Redis.Tests.Invalidation;

/// <summary>Whatever somebody else publishes on the channel or adds to the stream is a message or is none: no exception, no memory for what is not there.</summary>
[TestFixture, Category("Unit")]
public sealed class HostileInvalidationTests
{
    [Test]
    public void Hostile_frames_do_no_harm() => ReadFrames(HostileInput.Few);

    [Test, Category("Slow")]
    public void A_million_hostile_frames_do_no_harm() => ReadFrames(HostileInput.Million);

    [Test]
    public void Hostile_journal_entries_do_no_harm() => ReadEntries(HostileInput.Few);

    [Test, Category("Slow")]
    public void A_million_hostile_journal_entries_do_no_harm() => ReadEntries(HostileInput.Million);

    private static void ReadFrames(int cases)
    {
        List<byte[]> valid = [.. Messages().Select(m => (byte[])[.. "M1763690000000-3 1763690000000-2 "u8, .. m]), BackplaneFrame.CreateProbe(new Guid(1, 2, 3, new byte[8]))];
        HostileInput.Run(cases, valid, Read, length => 256 + (24 * length));

        static bool Read(byte[] frame, bool isWhole)
        {
            bool isProbe = BackplaneFrame.TryReadProbe(frame, out _);
            bool isMessage = BackplaneFrame.TryReadMessage(frame, out ReceivedInvalidation received);
            if (isProbe && isMessage)
                Assert.Fail("A frame is both a probe and a message.");
            if (isWhole && !isProbe && !isMessage)
                Assert.Fail("A frame as it was written is refused.");
            if (isMessage && (received.Message is null || received.Previous < JournalId.None || received.Id <= received.Previous))
                Assert.Fail("A message has no content, or an id that does not come after the one before it.");
            return isProbe || isMessage;
        }
    }

    // The id is the server's; the fields may be anybody's, in any number and order.
    private static void ReadEntries(int cases)
    {
        List<byte[]> valid = [.. Messages()];
        byte[][] names = ["message"u8.ToArray(), "type"u8.ToArray(), "name"u8.ToArray(), [], [0xFF, 0xFE], Encoding.UTF8.GetBytes(new string('n', 200))];
        RedisResult entry = RedisResult.Create(RedisValue.Null);
        int size = 0;
        HostileInput.Run(
            cases,
            random =>
            {
                var fields = new List<RedisResult>();
                size = 0;
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    (byte[] value, _) = Damage.Make(random, valid);
                    byte[] name = names[random.Next(8) == 0 ? random.Next(names.Length) : 0];
                    size += value.Length + name.Length;
                    fields.Add(RedisResult.Create((RedisValue)name));
                    fields.Add(RedisResult.Create((RedisValue)value));
                }
                if (random.Next(20) == 0)
                    fields.RemoveAt(fields.Count - 1);
                entry = RedisResult.Create([RedisResult.Create((RedisValue)"1763690000000-3"), RedisResult.Create([.. fields])]);
                return () =>
                {
                    JournalEntry.Read(entry, out JournalId id, out InvalidationMessage? message);
                    if (id != new JournalId(1763690000000, 3))
                        Assert.Fail($"The id is {id}.");
                    return message is not null;
                };
            },
            () => 1024 + (32 * size),
            () => string.Join(' ', ((RedisResult[])entry[1]!).Select(f => Convert.ToHexString((byte[]?)f ?? []))));
    }

    private static IEnumerable<byte[]> Messages()
    {
        (InvalidationKind Kind, string[] Names, byte[] Payload)[] messages =
        [
            (InvalidationKind.Key, ["product:42"], []),
            (InvalidationKind.Keys, ["a", "", "\u8A9E", new('k', 1024)], []),
            (InvalidationKind.Tag, ["products"], []),
            (InvalidationKind.All, [], []),
            (InvalidationKind.Update, ["product:42"], Damage.Noise(new Random(1), 200)),
        ];
        foreach ((InvalidationKind kind, string[] names, byte[] payload) in messages)
        {
            var writer = new ArrayBufferWriter<byte>();
            MessageCodec.Write(new InvalidationMessage(kind, 5, new DateTime(2026, 1, 1).Ticks, names, new EntryVersion(99), payload), writer);
            yield return writer.WrittenSpan.ToArray();
        }
    }
}
