using HybridTiered.Entries;
using Microsoft.Extensions.Logging;

namespace HybridTiered.Diagnostics;

/// <summary>
/// Writes the messages that every operation can cause: each kind at most once per interval, with the number of those held back since. How often
/// it happened the statistics tell.
/// </summary>
internal sealed class ThrottledLogger(ILogger logger, TimeProvider time)
{
    private readonly LogThrottle _keyRefused = new(time, LogThrottle.Interval);
    private readonly LogThrottle _malformedText = new(time, LogThrottle.Interval);
    private readonly LogThrottle _payloadTooLarge = new(time, LogThrottle.Interval);
    private readonly LogThrottle _serializationFailed = new(time, LogThrottle.Interval);
    private readonly LogThrottle _deserializationFailed = new(time, LogThrottle.Interval);
    private readonly LogThrottle _entryDamaged = new(time, LogThrottle.Interval);
    private readonly LogThrottle _staleServed = new(time, LogThrottle.Interval);
    private readonly LogThrottle _factoryFailedBehind = new(time, LogThrottle.Interval);
    private readonly LogThrottle _invalidationsPending = new(time, LogThrottle.Interval);

    public void KeyRefused(KeyDefect defect, int length, int maximum)
    {
        if (_keyRefused.TryPass(out long heldBack))
            logger.KeyRefused(defect, length, maximum, heldBack);
    }

    public void MalformedText()
    {
        if (_malformedText.TryPass(out long heldBack))
            logger.MalformedText(heldBack);
    }

    public void PayloadTooLarge(long bytes, long maximum)
    {
        if (_payloadTooLarge.TryPass(out long heldBack))
            logger.PayloadTooLarge(bytes, maximum, heldBack);
    }

    public void SerializationFailed(Exception exception, Type type)
    {
        if (_serializationFailed.TryPass(out long heldBack))
            logger.SerializationFailed(exception, type, heldBack);
    }

    public void DeserializationFailed(Exception exception, string tier, Type type)
    {
        if (_deserializationFailed.TryPass(out long heldBack))
            logger.DeserializationFailed(exception, tier, type, heldBack);
    }

    public void EntryDamaged(string tier, PayloadDefect defect)
    {
        if (_entryDamaged.TryPass(out long heldBack))
            logger.EntryDamaged(tier, defect, heldBack);
    }

    public void StaleServed(Exception? reason)
    {
        if (_staleServed.TryPass(out long heldBack))
            logger.StaleServed(reason, heldBack);
    }

    public void FactoryFailedBehind(Exception exception)
    {
        if (_factoryFailedBehind.TryPass(out long heldBack))
            logger.FactoryFailedBehind(exception, heldBack);
    }

    public void InvalidationsPending(string tier, int count)
    {
        if (_invalidationsPending.TryPass(out _))
            logger.InvalidationsPending(tier, count);
    }
}
