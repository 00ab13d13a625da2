using System.Collections.Concurrent;
using HybridTiered.Invalidation;

namespace HybridTiered.Tests.Support;

/// <summary>A connection to an <see cref="InProcessBackplane"/> whose operations a test holds back or makes fail.</summary>
public sealed class ScriptedBackplane(InProcessConnection connection) : IBackplane, IJournal, IClusterTime
{
    public const string Publish = nameof(Publish);

    /// <summary>The end of a publication, after the others have got the message.</summary>
    public const string Delivered = nameof(Delivered);

    public const string Subscribe = nameof(Subscribe);
    public const string ReadLastId = nameof(ReadLastId);
    public const string ReadAfter = nameof(ReadAfter);
    public const string ReadTime = nameof(ReadTime);

    private readonly ConcurrentDictionary<string, HeldOperation> _held = new();

    public InProcessConnection Connection { get; } = connection;

    /// <summary>What was published, in order, failed attempts included.</summary>
    public ConcurrentQueue<InvalidationMessage> Published { get; } = new();

    /// <summary>Who subscribed, for messages that no backplane would deliver in this order.</summary>
    public IBackplaneReceiver? Receiver { get; private set; }

    /// <summary>Decides which publications fail.</summary>
    public Func<InvalidationMessage, bool>? FailsToPublish { get; set; }

    /// <summary>Changes what is read from the journal.</summary>
    public Func<JournalPage, JournalPage>? ChangesPage { get; set; }

    /// <summary>Changes what arrives: none in place of a message that gets lost, two for one that arrives twice.</summary>
    public Func<ReceivedInvalidation, IEnumerable<ReceivedInvalidation>>? ChangesDelivery { get; set; }

    /// <summary>How many entries were read from the journal.</summary>
    public int EntriesRead { get; set; }

    public bool LendsItsThread { get; init; }

    /// <summary>Holds back the next operation of a kind.</summary>
    public HeldOperation Hold(string operation) => _held[operation] = new HeldOperation();

    public async ValueTask<JournalId> PublishAsync(InvalidationMessage message, CancellationToken cancellationToken)
    {
        Published.Enqueue(message);
        await EnterAsync(Publish);
        if (FailsToPublish?.Invoke(message) == true)
            throw new IOException("scripted failure");
        JournalId id = await Connection.PublishAsync(message, cancellationToken);
        await EnterAsync(Delivered);
        return id;
    }

    public async ValueTask SubscribeAsync(IBackplaneReceiver receiver, CancellationToken cancellationToken)
    {
        Receiver = receiver;
        await EnterAsync(Subscribe);
        await Connection.SubscribeAsync(new Delivery(this, receiver), cancellationToken);
    }

    public async ValueTask<JournalId> ReadLastIdAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(ReadLastId);
        return await Connection.ReadLastIdAsync(cancellationToken);
    }

    public async ValueTask<JournalPage> ReadAfterAsync(JournalId after, int maximum, CancellationToken cancellationToken)
    {
        await EnterAsync(ReadAfter);
        JournalPage page = await Connection.ReadAfterAsync(after, maximum, cancellationToken);
        page = ChangesPage?.Invoke(page) ?? page;
        EntriesRead += page.Entries.Count;
        return page;
    }

    public async ValueTask<DateTimeOffset> ReadTimeAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(ReadTime);
        return await Connection.ReadTimeAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private async ValueTask EnterAsync(string operation)
    {
        if (_held.TryRemove(operation, out HeldOperation? held))
            await held.PassAsync();
    }

    private sealed class Delivery(ScriptedBackplane owner, IBackplaneReceiver receiver) : IBackplaneReceiver
    {
        public void Receive(ReceivedInvalidation received)
        {
            foreach (ReceivedInvalidation one in owner.ChangesDelivery?.Invoke(received) ?? [received])
                receiver.Receive(one);
        }

        public void ReceiveMalformed() => receiver.ReceiveMalformed();

        public void ConnectionLost() => receiver.ConnectionLost();

        public void ConnectionRestored() => receiver.ConnectionRestored();
    }
}
