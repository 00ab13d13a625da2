using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using HybridTiered.Entries;
using HybridTiered.Tests.Support;

namespace HybridTiered.Tests.Entries;

/// <summary>An entry to encode, generated within what the codec takes.</summary>
internal sealed record PayloadSample(string Key, EntryHeader Header, byte[] Payload)
{
    public static Gen<PayloadSample> Any { get; } =
        from key in Generated.Text(1, 40)
        from created in Gen.Choose(0, 3_000_000).Select(day => day * TimeSpan.TicksPerDay + 12_345_678)
        from duration in Life
        from granted in Gen.Frequency((2, Gen.Constant<TimeSpan?>(null)), (1, Life.Select(life => (TimeSpan?)life)))
        from tags in Generated.Text(1, 10).ArrayOf().Resize(4)
        from payload in Generated.Bytes(60)
        select new PayloadSample(key, new EntryHeader(created, duration, granted, tags), payload);

    private static Gen<TimeSpan> Life =>
        Gen.OneOf(
            Gen.Choose(1, 100).Select(ticks => TimeSpan.FromTicks(ticks)),
            Gen.Choose(1, int.MaxValue).Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds)),
            Gen.Choose(1, 100_000).Select(days => TimeSpan.FromDays(days) + TimeSpan.FromTicks(1)));

    public byte[] Encode()
    {
        using var writer = new PooledBufferWriter();
        PayloadCodec.Write(writer, Key, Header, Payload);
        return writer.WrittenSpan.ToArray();
    }

    public byte[] EncodeInPlace()
    {
        int room = PayloadCodec.HeaderRoom(Key, Header.Tags, Header.Validators);
        using var writer = new PooledBufferWriter();
        writer.Skip(room);
        writer.Write(Payload);
        int start = PayloadCodec.WriteAround(writer, room, Key, Header);
        return writer.WrittenSpan[start..].ToArray();
    }

    public override string ToString() =>
        $"{Key}, {Header.Created}, {Header.Duration}, {Header.Granted}, [{string.Join('|', Header.Tags)}], {Convert.ToHexString(Payload)}";
}
