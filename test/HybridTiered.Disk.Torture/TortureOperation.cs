using System.Globalization;

namespace HybridTiered.Disk.Torture;

/// <summary>What step number so-and-so does: the same in the process that does it and in the test that knows what has to come of it.</summary>
public readonly record struct TortureOperation(TortureKind Kind, string Key, byte[] Value)
{
    /// <summary>How many keys there are.</summary>
    public const int Keys = 400;

    public static string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"product:{number}");

    public static TortureOperation Of(int seed, long step)
    {
        var random = new Random(HashCode(seed, step));
        string key = KeyOf(random.Next(Keys));
        int choice = random.Next(1000);
        if (choice < 150)
            return new TortureOperation(TortureKind.Remove, key, []);
        if (choice < 250)
            return new TortureOperation(TortureKind.Read, key, []);
        if (choice < 300)
            return new TortureOperation(TortureKind.Position, key, []);
        var value = new byte[8 + (choice < 320 ? random.Next(100_000) : random.Next(1500))];
        random.NextBytes(value);
        BitConverter.TryWriteBytes(value, step);
        return new TortureOperation(TortureKind.Write, key, value);
    }

    // Stable across processes, unlike System.HashCode.
    private static int HashCode(int seed, long step) => (int)((((ulong)step * 0x9E3779B97F4A7C15) ^ (uint)seed) >> 17);
}
