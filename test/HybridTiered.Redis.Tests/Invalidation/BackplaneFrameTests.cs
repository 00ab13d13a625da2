using System.Buffers;
using System.Text;
using HybridTiered.Invalidation;
using HybridTiered.Redis.Invalidation;
using HybridTiered.Redis.Tests.Support;

namespace HybridTiered.Redis.Tests.Invalidation;

[TestFixture]
[Category("Unit")]
public sealed class BackplaneFrameTests
{
    [TestCase("M5-3 5-2 ", 5, 2)]
    [TestCase("M5-3 4-9 ", 4, 9)]
    [TestCase("M5-3 0-0 ", 0, 0)]
    public void Frame_tells_its_place_and_that_of_the_entry_before_it(string start, long time, long sequence)
    {
        Assert.That(BackplaneFrame.TryReadMessage(FrameOf(start), out ReceivedInvalidation received), Is.True);
        Assert.That((received.Id, received.Previous), Is.EqualTo((new JournalId(5, 3), (JournalId?)new JournalId(time, sequence))));
        Assert.That(received.Message.Names, Is.EqualTo(new[] { "k" }));
    }

    [TestCase("M5-3 ", Description = "no entry before it")]
    [TestCase("M5-3  ")]
    [TestCase("M5-3 5 ")]
    [TestCase("M5-3 5- ")]
    [TestCase("M5-3 -2 ")]
    [TestCase("M5-3 5--2 ")]
    [TestCase("M5-3 -5-2 ")]
    [TestCase("M5-3 x-2 ")]
    [TestCase("M5-3 5-2x ")]
    [TestCase("M5-3 5-2")]
    [TestCase("M5-3 5-3 ", Description = "not before it")]
    [TestCase("M5-3 6-0 ", Description = "not before it")]
    [TestCase("M5-3 99999999999999999999-0 ")]
    [TestCase("M 5-2 ")]
    [TestCase("M5-3\t5-2 ")]
    [TestCase("N5-3 5-2 ")]
    public void Frame_without_two_ids_in_order_is_no_message(string start) =>
        Assert.That(BackplaneFrame.TryReadMessage(FrameOf(start), out _), Is.False);

    private static byte[] FrameOf(string start)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MessageCodec.Write(Messages.Key("k"), buffer);
        return [.. Encoding.UTF8.GetBytes(start), .. buffer.WrittenSpan];
    }
}
