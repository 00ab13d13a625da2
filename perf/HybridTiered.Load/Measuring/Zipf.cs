namespace HybridTiered.Load.Measuring;

/// <summary>
/// Draws numbers from 1 to n of which the k-th most frequent comes up in proportion to 1 / k^s, as visitors of a shop choose products. Which
/// number is how frequent is shuffled.
/// </summary>
internal sealed class Zipf
{
    private readonly double[] _cumulated;
    private readonly int[] _numbers;

    /// <param name="count">n; at least 1.</param>
    /// <param name="exponent">s; 0 makes all equally frequent.</param>
    /// <param name="shuffle">Shuffles.</param>
    public Zipf(int count, double exponent, Random shuffle)
    {
        _numbers = [.. Enumerable.Range(1, count)];
        shuffle.Shuffle(_numbers);
        _cumulated = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
            _cumulated[i] = sum += Math.Pow(i + 1, -exponent);
    }

    public int Next(Random random)
    {
        int found = Array.BinarySearch(_cumulated, random.NextDouble() * _cumulated[^1]);
        return _numbers[Math.Min(found < 0 ? ~found : found, _numbers.Length - 1)];
    }
}
