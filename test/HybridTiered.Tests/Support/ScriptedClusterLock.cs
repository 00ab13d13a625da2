using HybridTiered.Flights;

namespace HybridTiered.Tests.Support;

/// <summary>A cluster lock that another instance has for as long as the test says. To wait for it takes as long as the caller allows, on the test's clock.</summary>
public sealed class ScriptedClusterLock : IClusterLock
{
    /// <summary>Whether another instance has every lock.</summary>
    public bool IsTaken { get; set; }

    /// <summary>The clock that waiting moves on.</summary>
    public ManualTimeProvider? Time { get; init; }

    public int Attempts { get; private set; }

    /// <summary>How long was waited in all.</summary>
    public TimeSpan Waited { get; private set; }

    public ValueTask<IAsyncDisposable?> TryAcquireAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        Attempts++;
        return new ValueTask<IAsyncDisposable?>(IsTaken ? null : new Held());
    }

    public ValueTask WaitForReleaseAsync(string key, TimeSpan atMost, CancellationToken cancellationToken)
    {
        Waited += atMost;
        Time?.Advance(atMost);
        return ValueTask.CompletedTask;
    }

    private sealed class Held : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
