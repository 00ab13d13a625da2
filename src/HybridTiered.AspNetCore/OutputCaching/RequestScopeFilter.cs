using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace HybridTiered.AspNetCore.OutputCaching;

/// <summary>Begins a <see cref="RequestScope"/> before anything else happens to a request.</summary>
internal sealed class RequestScopeFilter(TimeProvider time) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => builder =>
    {
        // Not an async method: what such a one sets is gone when it returns, and a frame less is needed for each request.
        builder.Use(following => context =>
        {
            RequestScope.Current = new RequestScope(time.GetTimestamp());
            return following(context);
        });
        next(builder);
    };
}
