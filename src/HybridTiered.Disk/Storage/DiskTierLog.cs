using HybridTiered.Invalidation;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Disk.Storage;

/// <summary>Log messages of the disk tier. Event ids are stable.</summary>
internal static partial class DiskTierLog
{
    [LoggerMessage(
        4001, LogLevel.Information,
        "Opened the cache folder {Directory}: {Records} records in {Segments} segments, journal position {Position}, in {Milliseconds} ms")]
    public static partial void Opened(ILogger logger, string directory, long records, int segments, JournalId position, long milliseconds);

    [LoggerMessage(4002, LogLevel.Warning, "Segment file {File} is damaged ({Reason})")]
    public static partial void Damaged(ILogger logger, string file, string reason);

    [LoggerMessage(
        4003, LogLevel.Warning,
        "Dropped segment file {File}: it is damaged, or what came after it is lost and might have replaced or removed what it holds")]
    public static partial void Dropped(ILogger logger, string file);

    [LoggerMessage(4004, LogLevel.Warning, "Could not delete segment file {File}")]
    public static partial void CannotDelete(ILogger logger, Exception fault, string file);

    [LoggerMessage(4005, LogLevel.Warning, "A record in segment {Segment} is damaged; its key is a miss")]
    public static partial void DamagedRecord(ILogger logger, uint segment);

    [LoggerMessage(4006, LogLevel.Warning, "Could not flush the cache folder {Directory}; the next write reports it")]
    public static partial void CannotFlush(ILogger logger, Exception fault, string directory);

    [LoggerMessage(
        4007, LogLevel.Warning,
        "Could not close the cache folder {Directory} cleanly; the next start reads its records instead of the footers")]
    public static partial void CannotClose(ILogger logger, Exception fault, string directory);

    [LoggerMessage(4008, LogLevel.Debug, "Could not record that a sliding entry was extended; a restart would find its earlier end")]
    public static partial void CannotExtend(ILogger logger, Exception fault);

    [LoggerMessage(4009, LogLevel.Warning, "Could not carry over the entries in use of segment {Segment}; they are dropped")]
    public static partial void CannotCarryOver(ILogger logger, Exception fault, uint segment);
}
