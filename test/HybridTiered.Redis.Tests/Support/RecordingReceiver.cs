using System.Threading.Channels;
using HybridTiered.Invalidation;

namespace HybridTiered.Redis.Tests.Support;

/// <summary>Writes down, in order, what a backplane says, and notices calls that overlap.</summary>
internal sealed class RecordingReceiver : IBackplaneReceiver
{
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();
    private readonly Channel<ReceivedInvalidation> _messages = Channel.CreateUnbounded<ReceivedInvalidation>();
    private int _inside;

    public bool Overlapped { get; private set; }

    public ChannelReader<string> Events => _events.Reader;

    public ChannelReader<ReceivedInvalidation> Messages => _messages.Reader;

    public void Receive(ReceivedInvalidation received) => Alone(() => _messages.Writer.TryWrite(received));

    public void ReceiveMalformed() => Alone(() => _events.Writer.TryWrite("malformed"));

    public void ConnectionLost() => Alone(() => _events.Writer.TryWrite("lost"));

    public void ConnectionRestored() => Alone(() => _events.Writer.TryWrite("restored"));

    private void Alone(Action action)
    {
        Overlapped |= Interlocked.Increment(ref _inside) != 1;
        action();
        Interlocked.Decrement(ref _inside);
    }
}
