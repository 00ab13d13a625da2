using System.Reflection;
using Microsoft.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.Tests.Support;

/// <summary>
/// The clock of the output cache middleware, which the framework keeps to itself. No two of its readings are the same, because the middleware takes a response of no age
/// for one that is not fresh.
/// </summary>
internal sealed class MiddlewareClock(TimeProvider time) : TimeProvider
{
    private static readonly PropertyInfo Property =
        typeof(OutputCacheOptions).GetProperty("TimeProvider", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new InvalidOperationException("OutputCacheOptions has no TimeProvider any more.");

    private long _readings;

    public static void Use(OutputCacheOptions options, TimeProvider time) => Property.SetValue(options, new MiddlewareClock(time));

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow().AddTicks(Interlocked.Increment(ref _readings));
}
