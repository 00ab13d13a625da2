namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Hands out runs of one array that is used again after each <see cref="Reset"/>; for one thread at a time.</summary>
/// <remarks>Nothing is pooled: a run used after a reset reads stale or cleared elements, never another owner's.</remarks>
public sealed class Arena<T> : IDisposable
{
    private const int SmallBlock = 512;
    private const int ResetsToKeepLargeBlock = 1024;

    private T[] _block = [];
    private int _used;
    private int _resetsSinceLarge;

    public Arena(ArenaOptions? options, Allocator<T>? allocator) => _ = (options, allocator);

    public Sequence<T> Allocate(int length)
    {
        if (length > _block.Length - _used)
        {
            // Runs already handed out keep the array that is left behind; doubling makes the next reply of this size fit.
            _block = new T[Math.Max(Math.Max(length, SmallBlock), Math.Min(2L * _block.Length, Array.MaxLength))];
            _used = 0;
        }
        var run = new Sequence<T>(_block, _used, length);
        _used += length;
        return run;
    }

    public void Reset()
    {
        Array.Clear(_block, 0, _used);
        _resetsSinceLarge = _used > SmallBlock ? 0 : _resetsSinceLarge + 1;
        if (_block.Length > SmallBlock && _resetsSinceLarge > ResetsToKeepLargeBlock)
            _block = [];
        _used = 0;
    }

    /// <summary>Keeps the array: a read loop may still be inside a reply on another thread.</summary>
    public void Dispose()
    {
    }
}
