using System.Globalization;
using HybridTiered.Disk;
using HybridTiered.Disk.Torture;
using HybridTiered.Invalidation;
using HybridTiered.Tiers;

// hold <folder>: uses the folder until the standard input ends.
// work <folder> <seed> <first step> <file>: does one step after another until killed, and notes in the file the number of the last one that is done.
await using var tier = new DiskTier(TortureOptions.For(args[1]));
(await tier.ReadAsync("key", TierRead.Data, CancellationToken.None)).Dispose();
Console.WriteLine("ready");
if (args[0] == "hold")
{
    await Console.In.ReadToEndAsync();
    return;
}

int seed = int.Parse(args[2], CultureInfo.InvariantCulture);
using var done = File.OpenHandle(args[4], FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
for (long step = long.Parse(args[3], CultureInfo.InvariantCulture); ; step++)
{
    TortureOperation operation = TortureOperation.Of(seed, step);
    switch (operation.Kind)
    {
        case TortureKind.Write:
            await tier.WriteAsync(operation.Key, operation.Value, new TierLifetime(TimeSpan.FromDays(1)), CancellationToken.None);
            break;
        case TortureKind.Remove:
            await tier.RemoveAsync(operation.Key, CancellationToken.None);
            break;
        case TortureKind.Read:
            (await tier.ReadAsync(operation.Key, TierRead.DataAndLifetime, CancellationToken.None)).Dispose();
            break;
        case TortureKind.Position:
            await tier.WriteJournalPositionAsync(new JournalId(step, 0), CancellationToken.None);
            break;
    }
    RandomAccess.Write(done, BitConverter.GetBytes(step), 0);
}
