using System.Globalization;
using HybridTiered.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;

namespace HybridTiered.AspNetCore.HttpCaching;

/// <summary>
/// Lets HTTP itself decide what the output cache stores and serves: a shared cache after RFC 9111, backed by the tiers. What it does for each rule of the RFC stands in
/// the guide to output caching. It needs <c>AddHybridTieredOutputCache</c>.
/// </summary>
/// <remarks>
/// The middleware lets a policy neither see a stored response nor refuse it. So the policy looks it up itself, before the middleware does: the facts that decide
/// (age, freshness, directives) are stored with the response, and the store then hands the middleware the very response that was judged, or none.
/// </remarks>
public sealed class HttpCachingPolicy : IOutputCachePolicy
{
    private readonly HttpCachingOptions _options;
    private readonly bool _isBase;

    /// <summary>Makes a policy with the default settings.</summary>
    public HttpCachingPolicy()
        : this(new HttpCachingOptions())
    {
    }

    /// <summary>Makes a policy.</summary>
    /// <param name="options">Its settings.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is out of range.</exception>
    public HttpCachingPolicy(HttpCachingOptions options)
        : this(options, isBase: false)
    {
    }

    internal HttpCachingPolicy(HttpCachingOptions options, bool isBase)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Validated();
        _isBase = isBase;
    }

    async ValueTask IOutputCachePolicy.CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        HttpRequest request = context.HttpContext.Request;
        bool isGet = HttpMethods.IsGet(request.Method);
        if (!isGet && !HttpMethods.IsHead(request.Method))
        {
            UnsafeRequest.InvalidateAfterwards(context.HttpContext);
            return;
        }
        // An endpoint with rules of its own is not ruled by those of the application.
        if (_isBase && HasOwnRules(context.HttpContext.GetEndpoint()))
        {
            context.HttpContext.Features.Set<HttpExchange>(null);
            return;
        }
        (TieredOutputCacheStore store, TimeProvider time) = ServicesOf(context.HttpContext);
        DateTimeOffset now = time.GetUtcNow();
        long begun = time.GetTimestamp();

        var directives = CacheControl.OfRequest(request.Headers.CacheControl, request.Headers.Pragma);
        bool isAuthorized = request.Headers.Authorization.Count > 0 || context.HttpContext.User.Identity?.IsAuthenticated == true;
        var resource = HttpResource.Of(request);
        string[]? vary = await VaryHints.FindAsync(store.Cache, resource, cancellation).ConfigureAwait(false);
        string storageKey = resource.KeyOf(vary ?? [], request.Headers);

        // What is not known to vary has not been stored.
        HttpResponseFacts? chosen = null;
        if (vary is not null && !directives.NoCache && !MustGoToOrigin(request.Headers)
            && await store.FindByStorageKeyAsync(storageKey, cancellation).ConfigureAwait(false) is { Facts: { } facts }
            && Reuse.IsAllowed(facts, directives, isAuthorized, now))
            chosen = facts;

        context.HttpContext.Features.Set(new HttpExchange(resource, vary, isAuthorized, now, begun, chosen));
        context.EnableOutputCaching = true;
        // A lookup that can only fail is what makes the middleware answer 504.
        context.AllowCacheLookup = chosen is not null || directives.OnlyIfCached;
        context.AllowCacheStorage = isGet && !directives.NoStore;
        context.AllowLocking = context.AllowCacheStorage && !isAuthorized && IsPlain(request.Headers);
        context.CacheVaryByRules.CacheKeyPrefix = new HttpKey(storageKey, chosen?.ResponseTime ?? 0).ToPrefix();
        context.Tags.Add(resource.Tag);
        if (chosen is { StatusCode: not StatusCodes.Status200OK })
            RemoveConditions(request.Headers);
    }

    ValueTask IOutputCachePolicy.ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        if (ExchangeOf(context)?.Chosen is not { } facts)
            return ValueTask.CompletedTask;
        IHeaderDictionary request = context.HttpContext.Request.Headers;
        // The middleware sets no Age on a 304, and on others the time that the response has spent here, whatever its age was before.
        if (facts.InitialAge == TimeSpan.Zero && request.IfNoneMatch.Count == 0 && request.IfModifiedSince.Count == 0)
            return ValueTask.CompletedTask;
        HttpResponse response = context.HttpContext.Response;
        TimeProvider time = TimeOf(context.HttpContext);
        DateTimeOffset? lookedUpAt = context.ResponseTime;
        response.OnStarting(() =>
        {
            // If the middleware has the response made after all, because its clock is behind, it begins at another time.
            if (context.ResponseTime == lookedUpAt)
                response.Headers.Age = Seconds(facts.AgeAt(time.GetUtcNow()));
            return Task.CompletedTask;
        });
        return ValueTask.CompletedTask;
    }

    async ValueTask IOutputCachePolicy.ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        if (ExchangeOf(context) is not { } exchange || !context.AllowCacheStorage)
            return;
        HttpResponse response = context.HttpContext.Response;
        DateTimeOffset receivedAt = context.ResponseTime ?? TimeOf(context.HttpContext).GetUtcNow();
        HttpResponseFacts? facts = Storage.Judge(response, exchange.IsAuthorized, exchange.RequestedAt, receivedAt, _options);
        string[]? vary = facts is null ? null : Storage.VaryOf(response.Headers.Vary);
        if (facts is null || vary is null)
        {
            context.AllowCacheStorage = false;
            return;
        }
        TimeSpan lifetime = facts.Freshness - facts.InitialAge + (facts.NeverStale ? TimeSpan.Zero : _options.StaleRetention);
        string[] known = exchange.KnownVary ?? [];
        string[] all = [.. known.Union(vary).Order(StringComparer.Ordinal)];
        if (exchange.KnownVary is null || all.Length > known.Length)
            await VaryHints.StoreAsync(ServicesOf(context.HttpContext).Store.Cache, exchange.Resource, all, lifetime).ConfigureAwait(false);
        // Requests that differ in a field nobody knew of wait for this response under the same key: it must not reach them.
        if (all.Length > known.Length)
            context.AllowCacheStorage = false;
        else
            context.Tags.Add(new HttpVerdict(facts, lifetime, exchange.BegunAt).ToTag());
    }

    private static HttpExchange? ExchangeOf(OutputCacheContext context) =>
        context.HttpContext.Features.Get<HttpExchange>();

    private static bool HasOwnRules(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<OutputCacheAttribute>() is not null || endpoint?.Metadata.GetMetadata<IOutputCachePolicy>() is not null;

    // Section 4.3.2: conditions on the state of the origin are for the origin to evaluate. A range of a stored response is not served from here.
    private static bool MustGoToOrigin(IHeaderDictionary headers) =>
        headers.IfMatch.Count > 0 || headers.IfUnmodifiedSince.Count > 0 || headers.Range.Count > 0 || headers.IfRange.Count > 0;

    // Only requests that any response of the variant answers may wait for each other's.
    private static bool IsPlain(IHeaderDictionary headers) =>
        headers.CacheControl.Count == 0 && headers.Pragma.Count == 0 && headers.IfNoneMatch.Count == 0 && headers.IfModifiedSince.Count == 0 && !MustGoToOrigin(headers);

    // RFC 9110, section 13.2.1: conditions count only where the answer without them would be a success. The middleware would answer 304 in place of a stored 404.
    private static void RemoveConditions(IHeaderDictionary headers)
    {
        headers.IfNoneMatch = default;
        headers.IfModifiedSince = default;
    }

    private static string Seconds(TimeSpan age) => ((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static TimeProvider TimeOf(HttpContext context) => context.RequestServices.GetService<TimeProvider>() ?? TimeProvider.System;

    private static (TieredOutputCacheStore Store, TimeProvider Time) ServicesOf(HttpContext context) =>
        context.RequestServices.GetService<IOutputCacheStore>() is TieredOutputCacheStore store
            ? (store, TimeOf(context))
            : throw new InvalidOperationException(
                $"{nameof(HttpCachingPolicy)} keeps with each response what decides on its use, which only HybridTiered's store can do; call AddHybridTieredOutputCache.");
}
