using System.Text;
using HybridTiered.Memcached.Protocol;

namespace HybridTiered.Memcached.Tests.Protocol;

[TestFixture, Category("Unit")]
public sealed class ReplyReaderTests
{
    [Test]
    public async Task Lines_and_blocks_are_read_whatever_pieces_they_arrive_in([Values(1, 2, 3, 7, 1000, 100_000)] int piece)
    {
        byte[] block = new byte[100_000];
        new Random(1).NextBytes(block);
        ReplyReader reader = Reader([.. "VA 1\r\n\r\nMN\r\n"u8, .. block, .. "\r\nEN\r\n\r\n"u8, .. block.AsSpan(0, 5), .. "\r\n"u8], piece);

        Assert.That(await LineAsync(reader), Is.EqualTo("VA 1"));
        Assert.That(await LineAsync(reader), Is.Empty);
        Assert.That(await LineAsync(reader), Is.EqualTo("MN"));
        using (RentedBytes read = await reader.ReadBlockAsync(block.Length))
            Assert.That(read.Memory.Span.SequenceEqual(block), Is.True);
        Assert.That(await LineAsync(reader), Is.EqualTo("EN"));
        using (RentedBytes read = await reader.ReadBlockAsync(0))
            Assert.That(read.Memory.Length, Is.Zero);
        using (RentedBytes read = await reader.ReadBlockAsync(5))
            Assert.That(read.Memory.Span.SequenceEqual(block.AsSpan(0, 5)), Is.True);
        Assert.That(async () => await reader.ReadLineAsync(), Throws.InstanceOf<EndOfStreamException>());
    }

    [Test]
    public void A_line_without_an_end_is_not_read_forever()
    {
        ReplyReader reader = new(memory =>
        {
            memory.Span.Fill((byte)'x');
            return new(memory.Length);
        });

        Assert.That(async () => await reader.ReadLineAsync(), Throws.InstanceOf<MemcachedProtocolException>());
    }

    [TestCase("x\n")]
    [TestCase("\n")]
    public void A_line_ends_in_carriage_return_and_line_feed(string text)
    {
        Assert.That(async () => await Reader(Encoding.ASCII.GetBytes(text), 10).ReadLineAsync(), Throws.InstanceOf<MemcachedProtocolException>());
    }

    [TestCase("abcd\r\n", 3)]
    [TestCase("abc\r\n\r\n", 4)]
    public void A_block_ends_where_it_was_announced_to(string text, int announced)
    {
        Assert.That(
            async () => await Reader(Encoding.ASCII.GetBytes(text), 100).ReadBlockAsync(announced), Throws.InstanceOf<MemcachedProtocolException>());
    }

    [Test]
    public void An_announced_length_takes_no_memory_before_the_bytes_are_there()
    {
        ReplyReader reader = Reader(new byte[100], 100);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.That(async () => await reader.ReadBlockAsync(int.MaxValue), Throws.InstanceOf<EndOfStreamException>());

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1024 * 1024));
    }

    private static async Task<string> LineAsync(ReplyReader reader) => Encoding.ASCII.GetString((await reader.ReadLineAsync()).Span);

    private static ReplyReader Reader(byte[] bytes, int piece)
    {
        int position = 0;
        return new ReplyReader(memory =>
        {
            int length = Math.Min(Math.Min(piece, memory.Length), bytes.Length - position);
            bytes.AsSpan(position, length).CopyTo(memory.Span);
            position += length;
            return new(length);
        });
    }
}
