namespace HybridTiered.Simulations.Workloads;

/// <summary>Draws numbers from 0 to n - 1 of which the k-th most frequent comes up in proportion to 1 / k^s.</summary>
internal sealed class ZipfDistribution
{
    private readonly double[] _cumulated;
    private readonly int[] _numbers;

    private ZipfDistribution(int[] numbers, double exponent)
    {
        _numbers = numbers;
        _cumulated = new double[numbers.Length];
        double sum = 0;
        for (int i = 0; i < numbers.Length; i++)
            _cumulated[i] = sum += Math.Pow(i + 1, -exponent);
    }

    /// <summary>One in which smaller numbers are more frequent.</summary>
    public static ZipfDistribution Ordered(int count, double exponent) => new([.. Enumerable.Range(0, count)], exponent);

    /// <summary>One in which chance decides which number is how frequent.</summary>
    public static ZipfDistribution Shuffled(int count, double exponent, Random shuffle)
    {
        int[] numbers = [.. Enumerable.Range(0, count)];
        shuffle.Shuffle(numbers);
        return new ZipfDistribution(numbers, exponent);
    }

    public int Next(Random random)
    {
        int found = Array.BinarySearch(_cumulated, random.NextDouble() * _cumulated[^1]);
        return _numbers[Math.Min(found < 0 ? ~found : found, _numbers.Length - 1)];
    }
}
