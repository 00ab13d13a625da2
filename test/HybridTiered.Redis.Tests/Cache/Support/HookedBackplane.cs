using HybridTiered.Invalidation;
using HybridTiered.Redis.Invalidation;

namespace HybridTiered.Redis.Tests.Cache.Support;

/// <summary>A Redis backplane whose messages a test can lose without a trace, and whose other steps it can hold back.</summary>
internal sealed class HookedBackplane(RedisBackplane backplane) : IBackplane, IJournal, IClusterTime
{
    /// <summary>Messages that arrive are dropped silently.</summary>
    public bool LosesMessages { get; set; }

    /// <summary>How many were dropped.</summary>
    public int Lost { get; private set; }

    public bool LendsItsThread => backplane.LendsItsThread;

    public Func<Task>? BeforePublish { get; set; }

    public Func<Task>? BeforeReadAfter { get; set; }

    public Func<Task>? BeforeReadTime { get; set; }

    public async ValueTask<JournalId> PublishAsync(InvalidationMessage message, CancellationToken cancellationToken)
    {
        if (BeforePublish is { } before)
            await before();
        return await backplane.PublishAsync(message, cancellationToken);
    }

    public ValueTask SubscribeAsync(IBackplaneReceiver receiver, CancellationToken cancellationToken) =>
        backplane.SubscribeAsync(new Filter(this, receiver), cancellationToken);

    public ValueTask<JournalId> ReadLastIdAsync(CancellationToken cancellationToken) => backplane.ReadLastIdAsync(cancellationToken);

    public async ValueTask<JournalPage> ReadAfterAsync(JournalId after, int maximum, CancellationToken cancellationToken)
    {
        if (BeforeReadAfter is { } before)
            await before();
        return await backplane.ReadAfterAsync(after, maximum, cancellationToken);
    }

    public async ValueTask<DateTimeOffset> ReadTimeAsync(CancellationToken cancellationToken)
    {
        if (BeforeReadTime is { } before)
            await before();
        return await backplane.ReadTimeAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => backplane.DisposeAsync();

    private sealed class Filter(HookedBackplane owner, IBackplaneReceiver receiver) : IBackplaneReceiver
    {
        public void Receive(ReceivedInvalidation received)
        {
            if (owner.LosesMessages)
                owner.Lost++;
            else
                receiver.Receive(received);
        }

        public void ReceiveMalformed() => receiver.ReceiveMalformed();

        public void ConnectionLost() => receiver.ConnectionLost();

        public void ConnectionRestored() => receiver.ConnectionRestored();
    }
}
