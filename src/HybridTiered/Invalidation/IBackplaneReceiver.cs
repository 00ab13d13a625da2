namespace HybridTiered.Invalidation;

/// <summary>
/// What a backplane tells the cache. Calls do not throw, and return at once unless it is a message and the backplane <see cref="IBackplane.LendsItsThread"/>.
/// Messages do not overlap each other, nor does what is told of the connection.
/// </summary>
public interface IBackplaneReceiver
{
    /// <summary>A message arrived; the receiver's own messages included.</summary>
    /// <param name="received">The message and its place in the journal.</param>
    void Receive(ReceivedInvalidation received);

    /// <summary>Something arrived that is no message; it was dropped.</summary>
    void ReceiveMalformed();

    /// <summary>The subscription is down; messages may be missed from now on.</summary>
    void ConnectionLost();

    /// <summary>The subscription is live again; what was missed has to be read from the journal.</summary>
    void ConnectionRestored();
}
