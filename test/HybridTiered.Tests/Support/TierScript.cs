using System.Collections.Concurrent;

namespace HybridTiered.Tests.Support;

/// <summary>Directs the operations of an <see cref="InMemoryTier"/>: holds the next one of a kind back, makes kinds fail, and remembers all.</summary>
public sealed class TierScript
{
    private readonly ConcurrentDictionary<(string Operation, string Key), HeldOperation> _held = new();
    private readonly ConcurrentDictionary<string, byte> _failing = new();
    private readonly ConcurrentQueue<(string Operation, string Key)> _log = new();

    /// <summary>Directs a tier.</summary>
    public TierScript(InMemoryTier tier) => tier.Before = BeforeAsync;

    /// <summary>Every operation so far, in order, held back and failed ones included.</summary>
    public IReadOnlyList<(string Operation, string Key)> Log => [.. _log];

    /// <summary>Called with every operation as it is logged.</summary>
    public Action<string, string>? OnOperation { get; set; }

    /// <summary>Holds back the next operation of a kind upon a key.</summary>
    public HeldOperation Hold(string operation, string key) => _held[(operation, key)] = new HeldOperation();

    /// <summary>Makes every operation of some kinds throw.</summary>
    public void Fail(params string[] operations)
    {
        foreach (string operation in operations)
            _failing[operation] = 0;
    }

    /// <summary>Lets everything succeed again.</summary>
    public void Repair() => _failing.Clear();

    private async ValueTask BeforeAsync(string operation, string key)
    {
        _log.Enqueue((operation, key));
        OnOperation?.Invoke(operation, key);
        if (_held.TryRemove((operation, key), out HeldOperation? held))
            await held.PassAsync();
        if (_failing.ContainsKey(operation))
            throw new IOException("scripted failure");
    }
}
