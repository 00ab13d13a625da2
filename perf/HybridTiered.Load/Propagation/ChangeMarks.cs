using System.Collections.Frozen;
using System.Diagnostics;

namespace HybridTiered.Load.Propagation;

/// <summary>When L1 changed under each key for the first time in a lap.</summary>
/// <param name="keys">The keys that count.</param>
/// <param name="puts">Whether a new entry is the change that counts; otherwise the removal of the old one is.</param>
internal sealed class ChangeMarks(string[] keys, bool puts)
{
    private readonly FrozenDictionary<string, int> _indexes = Enumerable.Range(0, keys.Length).ToFrozenDictionary(i => keys[i], StringComparer.Ordinal);
    private readonly long[] _at = new long[keys.Length];
    private int _count;

    /// <summary>How many keys have changed.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The timestamp of a key's change; 0 if there was none.</summary>
    public long this[int index] => Volatile.Read(ref _at[index]);

    public void Reset()
    {
        Array.Clear(_at);
        Volatile.Write(ref _count, 0);
    }

    public void NotePut(string key) => Note(key, puts);

    public void NoteRemoval(string key) => Note(key, !puts);

    private void Note(string key, bool counts)
    {
        if (counts && _indexes.TryGetValue(key, out int index) && Interlocked.CompareExchange(ref _at[index], Stopwatch.GetTimestamp(), 0) == 0)
            Interlocked.Increment(ref _count);
    }
}
