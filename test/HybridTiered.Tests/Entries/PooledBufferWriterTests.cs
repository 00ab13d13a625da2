using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HybridTiered.Entries;

namespace HybridTiered.Tests.Entries;

[TestFixture, Category("Unit")]
public sealed class PooledBufferWriterTests
{
    [Test]
    public void What_was_written_survives_every_growth()
    {
        using var writer = new PooledBufferWriter();
        byte[] expected = new byte[100_000];
        new Random(1).NextBytes(expected);

        for (int at = 0, step = 1; at < expected.Length; at += step, step = Math.Min(2 * step, expected.Length - at))
            writer.Write(expected.AsSpan(at, step));

        Assert.That(writer.WrittenCount, Is.EqualTo(expected.Length));
        Assert.That(writer.WrittenSpan.SequenceEqual(expected), Is.True);
        Assert.That(writer.WrittenMemory.Span.SequenceEqual(expected), Is.True);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(1000)]
    [TestCase(1_000_000)]
    public void The_space_handed_out_is_at_least_what_was_asked_for_and_never_empty(int sizeHint)
    {
        using var writer = new PooledBufferWriter();

        Assert.That(writer.GetSpan(sizeHint).Length, Is.GreaterThanOrEqualTo(Math.Max(1, sizeHint)));
        Assert.That(writer.GetMemory(sizeHint).Length, Is.GreaterThanOrEqualTo(Math.Max(1, sizeHint)));
    }

    [Test]
    public void A_reset_forgets_the_content()
    {
        using var writer = new PooledBufferWriter();
        writer.Write((byte[])[1, 2, 3]);

        writer.Reset();
        writer.Write((byte[])[4]);

        Assert.That(writer.WrittenSpan.ToArray(), Is.EqualTo(new byte[] { 4 }));
    }

    [Test]
    public void Nothing_can_be_declared_written_beyond_the_space_there_is()
    {
        using var writer = new PooledBufferWriter();
        int space = writer.GetSpan(10).Length;

        Assert.That(() => writer.Advance(space + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => writer.Advance(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => writer.GetMemory(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(writer.WrittenCount, Is.Zero);
    }

    [Test]
    public void More_than_an_array_can_hold_is_refused()
    {
        using var writer = new PooledBufferWriter();
        writer.Write((byte[])[1]);

        Assert.That(() => writer.GetMemory(int.MaxValue), Throws.InvalidOperationException);
    }

    [Test]
    public void Disposal_may_be_repeated_and_gives_the_array_back_once()
    {
        var first = new PooledBufferWriter();
        first.Write(new byte[1000]);
        first.Dispose();
        first.Dispose();

        byte[] one = ArrayPool<byte>.Shared.Rent(1000);
        byte[] other = ArrayPool<byte>.Shared.Rent(1000);

        Assert.That(one, Is.Not.SameAs(other));
        ArrayPool<byte>.Shared.Return(one);
        ArrayPool<byte>.Shared.Return(other);
    }

    [Test]
    public void What_was_written_last_goes_into_the_room_that_was_left()
    {
        using var writer = new PooledBufferWriter();
        writer.Skip(3);
        writer.Write((byte[])[1, 2, 8, 9]);
        writer.MoveForward(5, 1);

        Assert.That(writer.WrittenMemory[1..].ToArray(), Is.EqualTo(new byte[] { 8, 9, 1, 2 }));
    }

    [Test]
    public void Up_to_its_capacity_a_writer_does_not_move()
    {
        using var writer = new PooledBufferWriter(10_000);
        writer.Skip(1);
        ref byte first = ref MemoryMarshal.GetReference(writer.WrittenSpan);
        while (writer.WrittenCount < 10_000)
            writer.Write((byte[])[1]);

        Assert.That(Unsafe.AreSame(ref first, ref MemoryMarshal.GetReference(writer.WrittenSpan)), Is.True);
    }

    [Test]
    public void A_disposed_writer_refuses_its_service()
    {
        var writer = new PooledBufferWriter();
        writer.Write((byte[])[1]);
        writer.Dispose();

        Assert.That(() => writer.GetMemory(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => writer.WrittenMemory, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(writer.Reset, Throws.InstanceOf<ObjectDisposedException>());
    }
}
