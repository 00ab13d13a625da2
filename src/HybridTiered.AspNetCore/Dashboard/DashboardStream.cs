using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using HybridTiered.Inspection;
using HybridTiered.Invalidation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace HybridTiered.AspNetCore.Dashboard;

/// <summary>Tells a watching page what happens, as server-sent events: invalidations soon after they have happened, numbers at every refresh.</summary>
internal sealed class DashboardStream(DashboardSource source, DashboardOptions options, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    // The page comes back at once, and whoever may not see it any more is then turned away.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private int _watchers;

    public async Task AnswerAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _watchers) > options.MaximumWatchers)
        {
            Interlocked.Decrement(ref _watchers);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "10";
            return;
        }
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            await TellAsync(context.Response, ends.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The page was closed or the application stops: that is how a stream ends.
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    private async Task TellAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        var known = new long[source.Caches.Count];
        long began = time.GetTimestamp();
        long? told = null;
        using var timer = new PeriodicTimer(options.RefreshInterval < Tick ? options.RefreshInterval : Tick, time);
        do
        {
            List<DashboardInvalidation> invalidations = TakeInvalidations(known);
            if (invalidations.Count > 0)
                await SendAsync(response, "invalidations", invalidations, DashboardJson.Default.IReadOnlyListDashboardInvalidation, cancellationToken).ConfigureAwait(false);
            if (told is not { } last || time.GetElapsedTime(last) >= options.RefreshInterval)
            {
                told = time.GetTimestamp();
                await SendAsync(response, "snapshot", source.Take(), DashboardJson.Default.DashboardSnapshot, cancellationToken).ConfigureAwait(false);
            }
        }
        while (time.GetElapsedTime(began) < Longest && await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }

    private List<DashboardInvalidation> TakeInvalidations(long[] known)
    {
        var news = new List<DashboardInvalidation>();
        for (int i = 0; i < known.Length; i++)
        {
            ICacheInspector cache = source.Caches[i];
            foreach (InvalidationRecord record in cache.GetInvalidations(known[i]))
            {
                known[i] = record.Sequence;
                news.Add(DashboardInvalidation.Of(cache.Name, record));
            }
        }
        return news;
    }

    private static async Task SendAsync<T>(HttpResponse response, string name, T data, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        // The serialiser writes no line breaks, which would end the event.
        await response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data, type)}\n\n", Encoding.UTF8, cancellationToken).ConfigureAwait(false);
        await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
