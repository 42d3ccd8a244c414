using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Mvc;

namespace DrmHub.Host.Hosting;

/// <summary>Every error is a problem document (RFC 9457) with a stable <c>code</c> and the id of the request. An unexpected one says no more.</summary>
internal static class Problems
{
    public static IServiceCollection AddHubProblems(this IServiceCollection services) =>
        // In Development the framework throws where a body or a parameter cannot be read, which would be an error of ours here.
        services.PostConfigure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false)
            .AddExceptionHandler<DatabaseAway>().AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            var problem = context.ProblemDetails;
            if (problem is { Status: StatusCodes.Status400BadRequest, Detail: null }) problem.Detail = "The body or a parameter does not have the form that this route takes; /docs says which.";
            problem.Extensions.TryAdd("code", CodeFor(problem.Status));
            problem.Extensions.TryAdd("requestId", context.HttpContext.TraceIdentifier);
            problem.Extensions.Remove("traceId");
        });

    public static async Task WriteAsync(HttpContext http, int status, string code, string detail)
    {
        http.Response.StatusCode = status;
        var problem = new ProblemDetails { Status = status, Detail = detail, Extensions = { ["code"] = code } };
        await http.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new ProblemDetailsContext { HttpContext = http, ProblemDetails = problem });
    }

    private static string CodeFor(int? status) => status switch
    {
        StatusCodes.Status400BadRequest => "request.malformed",
        StatusCodes.Status404NotFound => "route.unknown",
        StatusCodes.Status405MethodNotAllowed => "request.method",
        StatusCodes.Status413PayloadTooLarge => "request.too_large",
        StatusCodes.Status415UnsupportedMediaType => "request.media_type",
        _ => ReasonCodes.Internal,
    };
}
