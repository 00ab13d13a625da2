using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace HybridTiered.AspNetCore.Tests.Support;

/// <summary>What is behind the cache: answers as the test says, with the number of the answer as its body, and counts.</summary>
internal sealed class Origin
{
    private int _requests;

    /// <summary>Sets status and headers. After it, the body is written.</summary>
    public Action<HttpContext> Answer { get; set; } = static _ => { };

    /// <summary>Requests that reached it.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Counts from the beginning again.</summary>
    public void Forget() => Volatile.Write(ref _requests, 0);

    public async Task HandleAsync(HttpContext context)
    {
        int number = Interlocked.Increment(ref _requests);
        Answer(context);
        if (context.Response.StatusCode is not (204 or 304))
            await context.Response.WriteAsync(number.ToString(CultureInfo.InvariantCulture));
    }
}
