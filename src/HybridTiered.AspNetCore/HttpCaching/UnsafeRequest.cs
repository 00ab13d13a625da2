using HybridTiered.AspNetCore.OutputCaching;
using HybridTiered.Chain;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>What a request that may change things does to stored responses (RFC 9111, section 4.4).</summary>
internal static class UnsafeRequest
{
    /// <summary>
    /// Has the responses of the request's resource, and of those that its answer names, invalidated on every instance before a success is answered: whoever has
    /// read the answer finds the new state.
    /// </summary>
    public static void InvalidateAfterwards(HttpContext context)
    {
        if (!IsSafe(context.Request.Method) && context.RequestServices.GetService<IOutputCacheStore>() is TieredOutputCacheStore store)
            context.Response.OnStarting(() => InvalidateAsync(context, store));
    }

    // RFC 9110, section 9.2.1. A method nobody knows may change things.
    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    private static async Task InvalidateAsync(HttpContext context, TieredOutputCacheStore store)
    {
        HttpResponse response = context.Response;
        if (response.StatusCode is < 200 or >= 400)
            return;
        HttpResource?[] resources =
        [
            HttpResource.Of(context.Request),
            HttpResource.OfSameOrigin(context.Request, response.Headers.Location),
            HttpResource.OfSameOrigin(context.Request, response.Headers.ContentLocation),
        ];
        try
        {
            // Not cancelled with the request: the change is made.
            await store.Cache.RemoveByTagAsync(resources.OfType<HttpResource>().Select(r => r.Tag)).ConfigureAwait(false);
        }
        catch (InvalidationIncompleteException exception)
        {
            // The application has made the change, and the cache goes on telling the others.
            ILogger logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(Log.Category);
            logger.UnsafeRequestInvalidationPending(exception);
        }
    }
}
