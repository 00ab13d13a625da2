using HybridTiered.Invalidation;
using HybridTiered.Tiers;

namespace HybridTiered.Disk.Tests.Support;

/// <summary>Does one random thing after another to a tier, and keeps account of what it may answer.</summary>
internal sealed class RandomOperations(int seed)
{
    private static readonly TierLifetime Day = new(TimeSpan.FromDays(1));

    private readonly Random _random = new(seed);
    private int _step;

    public Content Content { get; } = new();

    /// <summary>The journal position that was written last.</summary>
    public long Position { get; private set; }

    /// <summary>The position that is being written or was written last.</summary>
    public long HighestPosition { get; private set; }

    /// <summary>
    /// Does one thing. Until it ends, the entry that is to be replaced or removed may still be there; then no more, even if the operation fails.
    /// </summary>
    public async Task StepAsync(DiskTier tier)
    {
        _step++;
        string key = $"key{_random.Next(40)}";
        int choice = _random.Next(100);
        if (choice < 60)
        {
            byte[] value = Value(choice);
            Content.MayBe(key, value);
            await DoAsync(async () => await tier.WriteAsync(key, value, Day, CancellationToken.None), () => Content.Is(key, value));
        }
        else if (choice < 75)
        {
            await DoAsync(async () => await tier.RemoveAsync(key, CancellationToken.None), () => Content.Is(key, null));
        }
        else if (choice < 90)
        {
            (await tier.ReadAsync(key, TierRead.DataAndLifetime, CancellationToken.None)).Dispose();
        }
        else if (choice < 95)
        {
            HighestPosition = _step;
            await tier.WriteJournalPositionAsync(new JournalId(_step, 0), CancellationToken.None);
            Position = _step;
        }
        else if (choice < 98)
        {
            await tier.FlushAsync();
        }
        else if (choice == 98)
        {
            string[] keys = [.. Enumerable.Range(0, 5).Select(i => $"key{i}")];
            await DoAsync(async () => await tier.RemoveManyAsync(keys, CancellationToken.None), () => AreGone(keys));
        }
        else if (_step % 7 == 0)
        {
            await DoAsync(async () => await tier.ClearAsync(CancellationToken.None), () => AreGone(Content.Keys.ToArray()));
        }
    }

    private static async Task DoAsync(Func<Task> operation, Action account)
    {
        try
        {
            await operation();
        }
        finally
        {
            account();
        }
    }

    private void AreGone(string[] keys)
    {
        foreach (string key in keys)
            Content.Is(key, null);
    }

    private byte[] Value(int choice)
    {
        var value = new byte[choice < 5 ? _random.Next(50_000) : choice < 20 ? _random.Next(8000) : _random.Next(300)];
        _random.NextBytes(value);
        return value;
    }
}
