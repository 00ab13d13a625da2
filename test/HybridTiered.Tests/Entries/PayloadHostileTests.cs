using System.Text;
using HybridTiered.Entries;
using HybridTiered.Fuzzing;

namespace HybridTiered.Tests.Entries;

/// <summary>Hostile bytes under a key in a tier: no exception, no entry of another key, no header that cannot be, no memory for what is not there.</summary>
[TestFixture, Category("Unit")]
public sealed class PayloadHostileTests
{
    private const string Key = "product:42";

    private static readonly string[] OtherKeys = ["product:43", "", "a\u8A9E\U0001F600", new('k', 300)];

    [Test]
    public void Hostile_entries_do_no_harm() => Run(HostileInput.Few);

    [Test, Category("Slow")]
    public void A_million_hostile_entries_do_no_harm() => Run(HostileInput.Million);

    // A tag of one character costs 32 bytes and its place in the array, and two bytes of input.
    private static void Run(int cases) => HostileInput.Run(cases, Valid(), Read, length => 256 + (24 * length));

    private static bool Read(byte[] bytes, bool isWhole)
    {
        if (PayloadCodec.TryRead(bytes, Key, out EntryHeader header, out ReadOnlyMemory<byte> payload) != PayloadDefect.None)
        {
            if (header != default || !payload.IsEmpty)
                Assert.Fail("A refused entry has a header or a payload.");
            return false;
        }
        if (bytes.AsSpan().IndexOf("product:42"u8) < 0)
            Assert.Fail("The entry is not of this key.");
        if (!bytes.AsSpan(bytes.Length - payload.Length - 2, payload.Length).SequenceEqual(payload.Span))
            Assert.Fail("The payload is not what stands before the end.");
        if (header.Created < 0 || header.Duration <= TimeSpan.Zero || header.Life <= TimeSpan.Zero || header.Duration.Ticks > DateTime.MaxValue.Ticks - header.Created
            || header.Life.Ticks > DateTime.MaxValue.Ticks - header.Created)
            Assert.Fail($"The times cannot be: {header}.");
        if (!Array.TrueForAll(header.Tags, tag => tag.Length > 0 && KeyRules.IsWellFormed(tag)))
            Assert.Fail("A tag is empty or malformed.");
        return true;
    }

    private static List<byte[]> Valid()
    {
        var valid = new List<byte[]>();
        foreach (string[] tags in (string[][])[[], ["a"], ["products", "category:tea", "\u8A9E"]])
        {
            foreach (TimeSpan? granted in (TimeSpan?[])[null, TimeSpan.FromSeconds(7)])
            {
                foreach (int length in (int[])[0, 1, 20, 200])
                    valid.Add(Encode(Key, new EntryHeader(new DateTime(2026, 1, 1).Ticks, TimeSpan.FromMinutes(5), granted, tags), length));
            }
        }
        // Now and then another key's entry lies there, or a piece of one.
        valid.AddRange(OtherKeys.Select(key => Encode(key, new EntryHeader(new DateTime(2026, 1, 2).Ticks, TimeSpan.FromDays(1), null, ["b"]), 50)));
        return valid;
    }

    private static byte[] Encode(string key, EntryHeader header, int length)
    {
        byte[] payload = Encoding.ASCII.GetBytes(new string((char)('A' + (key.Length % 26)), length));
        return new PayloadSample(key, header, payload).EncodeInPlace();
    }
}
