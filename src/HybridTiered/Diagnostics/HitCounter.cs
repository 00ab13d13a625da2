using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HybridTiered.Diagnostics;

/// <summary>
/// Counts exactly what many threads do very often. Each thread increments a cell of its own, so no increment touches a cache line
/// that another thread writes; the sum is taken when somebody asks.
/// </summary>
internal sealed class HitCounter : IDisposable
{
    private static readonly Lock IdLock = new();
    private static readonly Stack<int> FreeIds = new();
    private static int _nextId;

    // The cell that the thread used last, and all of its cells by the number of their counter.
    [ThreadStatic]
    private static Cell? _lastOfThread;

    [ThreadStatic]
    private static Cell?[]? _cellsOfThread;

    private readonly Lock _lock = new();
    private readonly List<Cell> _cells = [];
    private readonly int _id;
    private long _ofEndedThreads;
    private bool _disposed;

    public HitCounter()
    {
        lock (IdLock)
            _id = FreeIds.TryPop(out int free) ? free : _nextId++;
    }

    public long Value
    {
        get
        {
            lock (_lock)
            {
                long sum = _ofEndedThreads;
                foreach (Cell cell in _cells)
                    sum += Volatile.Read(ref cell.Count);
                return sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Increment()
    {
        Cell? last = _lastOfThread;
        if (last is not null && last.Counter == this)
            last.Count++;
        else
            IncrementInOtherCell();
    }

    /// <summary>Lets another counter use this one's number. Increments that come later still count here.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }
        lock (IdLock)
            FreeIds.Push(_id);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void IncrementInOtherCell()
    {
        Cell?[] cells = _cellsOfThread ?? [];
        if (_id < cells.Length && cells[_id] is { } known && known.Counter == this)
        {
            known.Count++;
            _lastOfThread = known;
            return;
        }
        var cell = new Cell(this, Thread.CurrentThread) { Count = 1 };
        if (cells.Length <= _id)
            Array.Resize(ref cells, Math.Max(_id + 1, cells.Length * 2));
        cells[_id] = cell;
        _cellsOfThread = cells;
        _lastOfThread = cell;
        lock (_lock)
        {
            FoldEndedThreads_NeedsLock();
            _cells.Add(cell);
        }
    }

    // A thread that has ended increments no more, so its cell can be added up for good.
    private void FoldEndedThreads_NeedsLock() =>
        _cells.RemoveAll(cell =>
        {
            if (cell.Thread.IsAlive)
                return false;
            _ofEndedThreads += cell.Count;
            return true;
        });

    // Padded so that cells of two threads never share a cache line, wherever the collector moves them.
    [StructLayout(LayoutKind.Sequential)]
    private sealed class Cell(HitCounter counter, Thread thread)
    {
        public readonly HitCounter Counter = counter;
        public readonly Thread Thread = thread;
        public long Count;
        private readonly Padding _padding;

        [InlineArray(14)]
        private struct Padding
        {
            private long _first;
        }
    }
}
