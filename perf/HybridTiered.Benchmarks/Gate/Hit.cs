namespace HybridTiered.Benchmarks.Gate;

/// <summary>What a hit returns.</summary>
internal static class Hit
{
    /// <summary>The value. A hit is never a task; if it were, this would wait for it, and the figures would say so.</summary>
    public static T ValueOf<T>(ValueTask<T> hit) => hit.IsCompletedSuccessfully ? hit.Result : hit.AsTask().GetAwaiter().GetResult();
}
