using System.Text;
using HybridTiered.Disk.Indexing;
using HybridTiered.Disk.Segments;
using HybridTiered.Disk.Storage;
using HybridTiered.Tiers;
using Microsoft.Extensions.Logging.Abstractions;

namespace HybridTiered.Disk.Tests;

[Category("Unit")]
public sealed class EntryReaderTests : DiskFixture
{
    private const ulong Salt = 42;

    [TestCase("mine", true)]
    [TestCase("your", false)]
    [TestCase("mine longer", false)]
    public void A_record_is_given_out_for_its_own_key_only_even_if_another_has_the_same_hash(string storedKey, bool found)
    {
        DiskTierOptions options = Options;
        options.Directory = Folder.Path;
        var index = new HashIndex();
        var segments = new SegmentTable();
        var tail = new LogTail(options, Files, index, segments, Salt, NullLogger.Instance) { LastSequence = 0 };
        var reader = new EntryReader(index, segments, tail, new Lock(), Salt, NullLogger.Instance) { RecordExtension = _ => Assert.Fail("nothing slides") };
        var header = new RecordHeader
        {
            Hash = KeyHash.Compute("mine"u8, Salt),
            Kind = RecordKind.Value,
            End = Expiry.Never,
            AbsoluteEnd = Expiry.Never,
        };
        index.Set(tail.Append(header, Encoding.UTF8.GetBytes(storedKey), Bytes(1), now: 0), out _);
        tail.Flush();

        using TierEntry entry = reader.Read("mine", TierRead.Data, now: 0);

        Assert.That(entry.Found, Is.EqualTo(found));
        segments.Oldest.Dispose();
    }
}
