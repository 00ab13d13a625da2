using Microsoft.AspNetCore.Http.HttpResults;

namespace Storefront;

/// <summary>Problem documents (RFC 9457) for what a client got wrong.</summary>
internal static class Problems
{
    /// <summary>A request that could not be read is the client's fault, and no reason to log an error.</summary>
    public static ExceptionHandlerOptions OfExceptions { get; } = new()
    {
        StatusCodeSelector = static e => e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
        SuppressDiagnosticsCallback = static context => context.Exception is BadHttpRequestException,
    };

    /// <summary>Says what could not be read.</summary>
    public static void Describe(ProblemDetailsOptions options) => options.CustomizeProblemDetails = static context =>
    {
        if (context.Exception is BadHttpRequestException bad)
            context.ProblemDetails.Detail = bad.Message;
    };

    public static ProblemHttpResult BadRequest(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    public static ProblemHttpResult NotFound(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);
}
