using HybridTiered.Entries;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Diagnostics;

/// <summary>Every log message of the core. Event ids are public contract; nothing here names a key, value or address above Debug.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "A cache key was refused ({Defect}, {Length} characters, at most {Maximum} allowed); the value was computed without the cache; {HeldBack} more since the last such message.")]
    public static partial void KeyRefused(this ILogger logger, KeyDefect defect, int length, int maximum, long heldBack);

    [LoggerMessage(2, LogLevel.Error, "A key or tag holds half a surrogate pair, which has no UTF-8 form; the entry stays out of every tier below L1; {HeldBack} more since the last such message.")]
    public static partial void MalformedText(this ILogger logger, long heldBack);

    [LoggerMessage(3, LogLevel.Warning, "A value of {Bytes} bytes is larger than the {Maximum} bytes allowed; it is kept in L1 only; {HeldBack} more since the last such message.")]
    public static partial void PayloadTooLarge(this ILogger logger, long bytes, long maximum, long heldBack);

    [LoggerMessage(4, LogLevel.Error, "A value of type {Type} could not be serialised; it is not stored; {HeldBack} more since the last such message.")]
    public static partial void SerializationFailed(this ILogger logger, Exception exception, Type type, long heldBack);

    [LoggerMessage(5, LogLevel.Warning, "An entry in tier {Tier} could not be deserialised as {Type}; it counts as missing and will be overwritten; {HeldBack} more since the last such message.")]
    public static partial void DeserializationFailed(this ILogger logger, Exception exception, string tier, Type type, long heldBack);

    [LoggerMessage(6, LogLevel.Warning, "An entry in tier {Tier} is no readable entry of its key ({Defect}); it counts as missing; {HeldBack} more since the last such message.")]
    public static partial void EntryDamaged(this ILogger logger, string tier, PayloadDefect defect, long heldBack);

    [LoggerMessage(7, LogLevel.Warning, "A factory failed or took too long, and an expired value was served instead; {HeldBack} more since the last such message.")]
    public static partial void StaleServed(this ILogger logger, Exception? exception, long heldBack);

    [LoggerMessage(8, LogLevel.Warning, "A factory that went on behind its callers, or refreshed an entry early, failed; {HeldBack} more since the last such message.")]
    public static partial void FactoryFailedBehind(this ILogger logger, Exception exception, long heldBack);

    [LoggerMessage(10, LogLevel.Warning, "Tier {Tier} failed to {Operation}; {HeldBack} more failures since the last such message.")]
    public static partial void TierFailed(this ILogger logger, Exception exception, string tier, string operation, long heldBack);

    [LoggerMessage(11, LogLevel.Warning, "Tier {Tier} could not carry out {Count} invalidations; they will be tried again, and until then it is not read for what they concern.")]
    public static partial void InvalidationsPending(this ILogger logger, string tier, int count);

    [LoggerMessage(12, LogLevel.Information, "Tier {Tier} has carried out all invalidations that were pending.")]
    public static partial void InvalidationsCarriedOut(this ILogger logger, string tier);

    [LoggerMessage(13, LogLevel.Warning, "The circuit of tier {Tier} for {Calls} is open for {Break}, because it failed too often or does not answer; until then it is left out.")]
    public static partial void CircuitOpened(this ILogger logger, Exception exception, string tier, string calls, TimeSpan @break);

    [LoggerMessage(14, LogLevel.Information, "The circuit of tier {Tier} for {Calls} is closed again.")]
    public static partial void CircuitClosed(this ILogger logger, string tier, string calls);

    [LoggerMessage(20, LogLevel.Information, "The backplane is connected.")]
    public static partial void BackplaneConnected(this ILogger logger);

    [LoggerMessage(21, LogLevel.Warning, "The backplane is disconnected; other instances' invalidations will be read from the journal when it is back.")]
    public static partial void BackplaneLost(this ILogger logger);

    [LoggerMessage(22, LogLevel.Warning, "The backplane cannot be reached; it will be tried again in {Delay}.")]
    public static partial void BackplaneUnreachable(this ILogger logger, Exception exception, TimeSpan delay);

    [LoggerMessage(23, LogLevel.Warning, "An invalidation could not be published; {Count} wait to be sent again.")]
    public static partial void PublishFailed(this ILogger logger, Exception exception, int count);

    [LoggerMessage(24, LogLevel.Warning, "The journal no longer holds everything since this instance last read it; memory and machine tiers were cleared.")]
    public static partial void JournalGap(this ILogger logger);

    [LoggerMessage(25, LogLevel.Warning, "The journal could not be read; it will be tried again.")]
    public static partial void CatchUpFailed(this ILogger logger, Exception exception);

    [LoggerMessage(26, LogLevel.Error, "An invalidation from another instance could not be applied; memory and machine tiers were cleared instead.")]
    public static partial void ApplyFailed(this ILogger logger, Exception exception);

    [LoggerMessage(27, LogLevel.Warning, "The lock of a cluster flight failed, so this instance computes on its own; {HeldBack} more failures since the last such message.")]
    public static partial void ClusterLockFailed(this ILogger logger, Exception exception, long heldBack);

    [LoggerMessage(28, LogLevel.Warning, "Changes of keys cannot be tracked yet; it will be tried again; {HeldBack} more failures since the last such message.")]
    public static partial void KeyChangesUnreachable(this ILogger logger, Exception exception, long heldBack);

    [LoggerMessage(30, LogLevel.Error, "Work behind a call failed unexpectedly.")]
    public static partial void BackgroundWorkFailed(this ILogger logger, Exception exception);

    [LoggerMessage(31, LogLevel.Warning, "The cache was disposed while {Count} operations behind calls and {Flights} flights were still under way after {Timeout}; they are cancelled.")]
    public static partial void ShutdownTimedOut(this ILogger logger, int count, int flights, TimeSpan timeout);
}
