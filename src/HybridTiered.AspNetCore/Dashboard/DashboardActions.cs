using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HybridTiered.Chain;
using HybridTiered.Inspection;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>What a page asks for: where a key is, and removals. Both by POST with an antiforgery token, so that neither ends in a log of addresses or is made from elsewhere.</summary>
internal sealed class DashboardActions(DashboardSource source, DashboardOptions options, IAntiforgery antiforgery, ILogger logger)
{
    private const int LongestBody = 256 * 1024;

    public async Task FindAsync(HttpContext context)
    {
        if (await ReadAsync(context, DashboardJson.Default.DashboardLookup).ConfigureAwait(false) is not { } lookup)
            return;
        if (source.Find(lookup.Cache) is not { } cache || string.IsNullOrEmpty(lookup.Key))
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, "Name a cache and a key.").ConfigureAwait(false);
            return;
        }
        IReadOnlyList<FoundEntry> found = await cache.FindAsync(lookup.Key, options.ShowValues, context.RequestAborted).ConfigureAwait(false);
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(found, DashboardJson.Default.IReadOnlyListFoundEntry, contentType: null, context.RequestAborted).ConfigureAwait(false);
    }

    public async Task RemoveAsync(HttpContext context)
    {
        if (await ReadAsync(context, DashboardJson.Default.DashboardRemoval).ConfigureAwait(false) is not { } removal)
            return;
        if (source.Find(removal.Cache) is not { } cache || string.IsNullOrWhiteSpace(removal.Name) || removal.Kind is not ("key" or "tag" or "pattern"))
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, "Name a cache, what to remove by (key, tag or pattern), and which.").ConfigureAwait(false);
            return;
        }
        logger.RemovedOnDashboard(removal.Kind, cache.Name, context.User.Identity?.Name ?? "somebody unknown");
        try
        {
            // Not cancelled with the request: half an invalidation helps nobody.
            await RemoveAsync(cache.Cache, removal.Kind, removal.Name).ConfigureAwait(false);
            await AnswerAsync(context, StatusCodes.Status200OK, "Removed on every instance.").ConfigureAwait(false);
        }
        catch (InvalidationIncompleteException)
        {
            await AnswerAsync(context, StatusCodes.Status202Accepted, "Removed here; a part of the cache is away and will follow.").ConfigureAwait(false);
        }
    }

    private static ValueTask RemoveAsync(TieredCache cache, string kind, string name) => kind switch
    {
        "key" => cache.RemoveAsync(name, CancellationToken.None),
        "tag" => cache.RemoveByTagAsync(name, CancellationToken.None),
        _ => cache.RemoveByPatternAsync(name, CancellationToken.None),
    };

    /// <summary>Reads what is asked for, or answers why it is not read.</summary>
    private async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        // A key is short; the server refuses what is longer.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = LongestBody;
        try
        {
            await antiforgery.ValidateRequestAsync(context).ConfigureAwait(false);
        }
        catch (AntiforgeryValidationException exception)
        {
            logger.AntiforgeryRefused(exception);
            await AnswerAsync(context, StatusCodes.Status400BadRequest, "The page is out of date; load it again.").ConfigureAwait(false);
            return null;
        }
        if (!context.Request.HasJsonContentType())
        {
            await AnswerAsync(context, StatusCodes.Status415UnsupportedMediaType, "Send JSON.").ConfigureAwait(false);
            return null;
        }
        try
        {
            return await context.Request.ReadFromJsonAsync(type, context.RequestAborted).ConfigureAwait(false)
                ?? throw new JsonException("null is no request.");
        }
        catch (JsonException)
        {
            await AnswerAsync(context, StatusCodes.Status400BadRequest, "That is no JSON of the kind that is expected here.").ConfigureAwait(false);
            return null;
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(new DashboardAnswer(message), DashboardJson.Default.DashboardAnswer, contentType: null, context.RequestAborted);
    }
}
