using System.Reflection;
using Microsoft.AspNetCore.OutputCaching;

namespace HybridTiered.AspNetCore.Tests.Support;

/// <summary>Sets the clock of the output cache middleware, which the framework keeps to itself.</summary>
internal static class MiddlewareClock
{
    private static readonly PropertyInfo Property =
        typeof(OutputCacheOptions).GetProperty("TimeProvider", BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new InvalidOperationException("OutputCacheOptions has no TimeProvider any more.");

    public static void Use(OutputCacheOptions options, TimeProvider time) => Property.SetValue(options, time);
}
