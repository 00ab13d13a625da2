namespace HybridTiered.Simulations.Workloads;

/// <summary>The blocks of one file, which is read from its first to its last.</summary>
/// <param name="First">The key of the first block.</param>
/// <param name="Count">How many blocks there are, at least 1.</param>
internal readonly record struct FileBlocks(int First, int Count)
{
    /// <summary>Divides keys among files: of up to 8 blocks mostly, of up to 64 often, of up to 512 sometimes.</summary>
    public static List<FileBlocks> Divide(int keyCount, Random random)
    {
        var files = new List<FileBlocks>();
        for (int first = 0; first < keyCount; first += files[^1].Count)
            files.Add(new FileBlocks(first, Math.Min(keyCount - first, RandomCount(random))));
        return files;
    }

    private static int RandomCount(Random random) => random.Next(100) switch
    {
        < 75 => random.Next(1, 9),
        < 97 => random.Next(9, 65),
        _ => random.Next(65, 513),
    };
}
