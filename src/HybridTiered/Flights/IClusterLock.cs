namespace HybridTiered.Flights;

/// <summary>
/// Lets one instance of the cluster compute a key while the others wait. It only saves work: whoever loses a lock it believed to hold
/// does no harm, because conditional writes decide which value stays.
/// </summary>
public interface IClusterLock
{
    /// <summary>Tries once to take the lock of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="lifetime">How long the lock holds if its holder dies.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>What releases the lock when disposed, or <see langword="null"/> when another instance holds it.</returns>
    ValueTask<IAsyncDisposable?> TryAcquireAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>Waits until the lock of a key was released or has lapsed, or for a given time at most.</summary>
    /// <param name="key">The key.</param>
    /// <param name="atMost">The longest wait.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask WaitForReleaseAsync(string key, TimeSpan atMost, CancellationToken cancellationToken);
}
