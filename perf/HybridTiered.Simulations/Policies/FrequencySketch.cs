using System.Numerics;

namespace HybridTiered.Simulations.Policies;

/// <summary>
/// Estimates how often keys were asked for lately: a count-min sketch (Cormode, Muthukrishnan, 2005) of four rows, whose counters end at 15, as
/// four bits would, and are halved whenever ten times the cache's capacity has been counted.
/// </summary>
internal sealed class FrequencySketch
{
    private const int Rows = 4;
    private const byte MaximumCount = 15;
    private const int SamplePerEntry = 10;

    private static readonly ulong[] Seeds = [0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F, 0xCBF29CE484222325];

    private readonly byte[][] _rows;
    private readonly int _shift;
    private readonly long _sampleSize;
    private long _counted;

    /// <param name="capacity">How many entries the cache has.</param>
    public FrequencySketch(int capacity)
    {
        uint width = Math.Max(64, BitOperations.RoundUpToPowerOf2((uint)capacity) * 4);
        _rows = [.. Enumerable.Range(0, Rows).Select(_ => new byte[width])];
        _shift = 64 - BitOperations.Log2(width);
        _sampleSize = (long)SamplePerEntry * capacity;
    }

    public void Count(int key)
    {
        bool added = false;
        for (int row = 0; row < Rows; row++)
        {
            ref byte counter = ref CounterOf(key, row);
            if (counter < MaximumCount)
            {
                counter++;
                added = true;
            }
        }
        if (added && ++_counted >= _sampleSize)
            Age();
    }

    public int Estimate(int key)
    {
        int least = MaximumCount;
        for (int row = 0; row < Rows; row++)
            least = Math.Min(least, CounterOf(key, row));
        return least;
    }

    private ref byte CounterOf(int key, int row) => ref _rows[row][(int)(((ulong)key + 1) * Seeds[row] >> _shift)];

    private void Age()
    {
        foreach (byte[] row in _rows)
        {
            for (int i = 0; i < row.Length; i++)
                row[i] >>= 1;
        }
        _counted /= 2;
    }
}
