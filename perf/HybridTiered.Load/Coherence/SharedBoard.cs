using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace HybridTiered.Load.Coherence;

/// <summary>
/// What the processes of a run share, in a memory-mapped file: the source, which is a version per key, and when each version's invalidation was complete. One
/// machine word is read or changed in one step by the processor, so the source is linearizable and costs next to nothing.
/// </summary>
/// <remarks>
/// All times are of <see cref="Stopwatch"/>, which on one machine is one clock for all processes. The history of a key is a ring of its last
/// <see cref="HistoryLength"/> versions; of older ones it is only known that they are older, so the size is bounded whatever the run's length.
/// </remarks>
internal sealed unsafe class SharedBoard : IDisposable
{
    /// <summary>How many versions of a key are remembered with their times.</summary>
    public const int HistoryLength = 1024;

    private const int WorkerWords = 8;
    private const int KeyWords = 8;
    private const int ReadsWord = 0;
    private const int HeldUntilWord = 1;
    private const int WentBackUntilWord = 2;
    private const int SourceWord = 0;
    private const int LockWord = 1;
    private const int CompleteWord = 2;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _words;
    private readonly int _workers;

    /// <summary>Opens a board, or makes one if there is none yet.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="workers">How many instances there are.</param>
    /// <param name="keys">How many keys there are.</param>
    public SharedBoard(string path, int workers, int keys)
    {
        _workers = workers;
        Keys = keys;
        long size = sizeof(long) * ((long)workers * WorkerWords + (long)keys * (KeyWords + 2 * HistoryLength));
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, size);
        _view = _file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _words = (long*)(start + _view.PointerOffset);
    }

    public int Keys { get; }

    /// <summary>The newest version of a key in the source.</summary>
    public long Read(int key) => Volatile.Read(ref KeyWord(key, SourceWord));

    /// <summary>Changes a key in the source.</summary>
    /// <returns>Its new version.</returns>
    public long Change(int key) => Interlocked.Increment(ref KeyWord(key, SourceWord));

    /// <summary>Takes the right to change a key, for those whose changes must not overlap.</summary>
    public bool TryLock(int key) => Interlocked.CompareExchange(ref KeyWord(key, LockWord), 1, 0) == 0;

    public void Unlock(int key) => Volatile.Write(ref KeyWord(key, LockWord), 0);

    /// <summary>The newest version of a key whose invalidation was complete.</summary>
    public long Complete(int key) => Volatile.Read(ref KeyWord(key, CompleteWord));

    /// <summary>The invalidation of a version is complete: from now on every older one is out of date everywhere.</summary>
    public void MakeComplete(int key, long version)
    {
        long now = Stopwatch.GetTimestamp();
        // What is older has been overtaken by this one, if it is not complete already.
        for (long older = version; older > 0 && older > version - HistoryLength && Volatile.Read(ref CompleteVersion(key, older)) < older; older--)
        {
            Volatile.Write(ref CompleteAt(key, older), now);
            Volatile.Write(ref CompleteVersion(key, older), older);
        }
        ref long complete = ref KeyWord(key, CompleteWord);
        for (long known = Volatile.Read(ref complete); known < version;)
        {
            long seen = Interlocked.CompareExchange(ref complete, version, known);
            if (seen == known)
                return;
            known = seen;
        }
    }

    /// <summary>When a version became out of date; if that is no longer known, when the oldest version did that is known.</summary>
    public long OutOfDateSince(int key, long version)
    {
        long newest = Complete(key);
        for (long newer = Math.Max(version + 1, newest - HistoryLength / 2); newer <= newest; newer++)
        {
            // The time is written before the version.
            if (Volatile.Read(ref CompleteVersion(key, newer)) == newer)
                return Volatile.Read(ref CompleteAt(key, newer));
        }
        return long.MaxValue;
    }

    /// <summary>Reads that a worker has made so far.</summary>
    public long Reads(int worker) => Volatile.Read(ref WorkerWord(worker, ReadsWord));

    public void AddReads(int worker, int count) => Interlocked.Add(ref WorkerWord(worker, ReadsWord), count);

    /// <summary>Reads that all workers have made so far.</summary>
    public long Reads()
    {
        long sum = 0;
        for (int worker = 0; worker < _workers; worker++)
            sum += Reads(worker);
        return sum;
    }

    /// <summary>When a worker was last let go after it had been frozen; the future while it is frozen.</summary>
    public long HeldUntil(int worker) => Volatile.Read(ref WorkerWord(worker, HeldUntilWord));

    /// <summary>When Redis last ended up in an earlier state, so that invalidations have come undone; the future while it is about to.</summary>
    public long WentBackUntil => Volatile.Read(ref WorkerWord(0, WentBackUntilWord));

    public void GoBackUntil(long time) => Volatile.Write(ref WorkerWord(0, WentBackUntilWord), time);

    public void HoldUntil(int worker, long time) => Volatile.Write(ref WorkerWord(worker, HeldUntilWord), time);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private ref long WorkerWord(int worker, int word) => ref _words[worker * WorkerWords + word];

    private ref long KeyWord(int key, int word) => ref _words[KeyStart(key) + word];

    private ref long CompleteVersion(int key, long version) => ref _words[KeyStart(key) + KeyWords + version % HistoryLength * 2];

    private ref long CompleteAt(int key, long version) => ref _words[KeyStart(key) + KeyWords + version % HistoryLength * 2 + 1];

    private long KeyStart(int key) => _workers * WorkerWords + key * (KeyWords + 2L * HistoryLength);
}
