using Microsoft.Extensions.Logging;

namespace HybridTiered.AspNetCore;

/// <summary>What this package says. Event ids are part of its contract.</summary>
internal static partial class Log
{
    public const string Category = "HybridTiered.AspNetCore";

    [LoggerMessage(5001, LogLevel.Warning, "The responses that a request has made outdated could not be invalidated everywhere yet; the cache goes on trying.")]
    public static partial void UnsafeRequestInvalidationPending(this ILogger logger, Exception exception);
}
