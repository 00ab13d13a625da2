namespace HybridTiered.Invalidation;

/// <summary>
/// Tells which keys of a shared tier were changed, by whomever: this cache, another one, or a program that knows nothing of caches. Beside a backplane it
/// catches what nobody announces; it cannot replace one, because it knows neither tags nor what a change means.
/// </summary>
public interface IKeyChangeSource : IAsyncDisposable
{
    /// <summary>Starts to report. Called until it has succeeded once; a connection that is lost later is made again without end.</summary>
    /// <param name="changed">
    /// Takes the keys as they stand in the tier, or <see langword="null"/> when any key may have changed. Calls do not overlap; it returns at once and does not throw.
    /// </param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <returns>A task that ends when every later change will be reported, or fails when the server cannot be reached now.</returns>
    ValueTask StartAsync(Action<IReadOnlyList<string>?> changed, CancellationToken cancellationToken);
}
