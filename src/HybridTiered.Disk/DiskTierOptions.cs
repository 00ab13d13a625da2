using System.Globalization;
using HybridTiered.Configuration;

namespace HybridTiered.Disk;

/// <summary>Settings of a <see cref="DiskTier"/>. They are read once, when the tier is constructed.</summary>
public sealed class DiskTierOptions : TierOptions
{
    /// <summary>The smallest <see cref="SegmentSize"/>: 64 KiB.</summary>
    public const long SmallestSegmentSize = 64 * 1024;

    /// <summary>The largest <see cref="SegmentSize"/>: 1 GiB.</summary>
    public const long LargestSegmentSize = 1024 * 1024 * 1024;

    /// <summary>The fewest segments for which <see cref="SizeLimit"/> has to have room: 4.</summary>
    public const int FewestSegments = 4;

    /// <summary>
    /// The folder. It is created if need be, belongs to one tier of one process at a time, and may hold files of others, which are left
    /// alone. Required.
    /// </summary>
    public string Directory { get; set; } = "";

    /// <summary>
    /// How many bytes the tier's files may have together, whatever they hold; never exceeded. Default 1 GiB. The oldest entries that
    /// nobody has read go first.
    /// </summary>
    public long SizeLimit { get; set; } = 1024L * 1024 * 1024;

    /// <summary>
    /// Bytes of one segment file, which is also the unit in which room is given back and a little more than the largest entry can have.
    /// Default 16 MiB.
    /// </summary>
    public long SegmentSize { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// After how long, at most, a new entry has been made durable. Default 1 second. It is what the end of the process can lose of new
    /// entries, and the loss of power of anything; see <see cref="DiskTier"/>.
    /// </summary>
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Validate()
    {
        List<string> mistakes = [.. base.Validate()];
        if (string.IsNullOrWhiteSpace(Directory))
            mistakes.Add($"{nameof(DiskTierOptions)}.{nameof(Directory)} is '{Directory}'; it has to name a folder.");
        else if (Directory.Contains('\0', StringComparison.Ordinal))
            mistakes.Add($"{nameof(DiskTierOptions)}.{nameof(Directory)} holds a NUL character; it has to name a folder.");
        if (SegmentSize is < SmallestSegmentSize or > LargestSegmentSize)
            mistakes.Add(Message(nameof(SegmentSize), SegmentSize, $"{SmallestSegmentSize} to {LargestSegmentSize} bytes"));
        else if (SizeLimit / FewestSegments < SegmentSize)
            mistakes.Add(
                Message(nameof(SizeLimit), SizeLimit, $"at least {FewestSegments} x {nameof(SegmentSize)}, {FewestSegments * SegmentSize} bytes"));
        if (FlushInterval < TimeSpan.FromMilliseconds(10) || FlushInterval > TimeSpan.FromMinutes(10))
            mistakes.Add(Message(nameof(FlushInterval), FlushInterval, "10 milliseconds to 10 minutes"));
        return mistakes;
    }

    internal DiskTierOptions Clone() => (DiskTierOptions)MemberwiseClone();

    private static string Message(string option, IFormattable value, string allowed) =>
        string.Create(CultureInfo.InvariantCulture, $"{nameof(DiskTierOptions)}.{option} is {value}; allowed is {allowed}.");
}
