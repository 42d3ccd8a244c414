using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DrmHub.Vault.Rights;

internal static class ProblemMetadata
{
    /// <summary>Says which problems a route answers with, beside those of authentication.</summary>
    public static RouteHandlerBuilder WithProblems(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses) route.ProducesProblem(status);
        return route.ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
    }
}
