using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Sandbox.LicenseServices.Faults;

/// <summary><c>/faults</c>: GET lists, POST adds one, DELETE clears.</summary>
internal static class FaultApi
{
    private static readonly string[] Services = ["widevine", "playready", "fairplay"];

    public static void MapFaults(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/faults", (FaultPlan plan) => TypedResults.Ok(plan.List()));
        routes.MapPost("/faults", Add);
        routes.MapDelete("/faults", (FaultPlan plan) =>
        {
            plan.Clear();
            return TypedResults.NoContent();
        });
    }

    private static Results<Ok<IReadOnlyList<FaultOrder>>, ProblemHttpResult> Add(FaultOrder order, FaultPlan plan)
    {
        if (order.Service is { } service && !Services.Contains(service)) return Wrong("The service is widevine, playready or fairplay, or absent for all.");
        if (order.Fault is not { Length: > 0 } text || !Fault.TryParse(text, out var fault)) return Wrong("The fault is no list of known words.");
        if (order.Count is < 1) return Wrong("The count is 1 or more, or absent.");
        return plan.Add(order.Service, text, fault, order.Count) ? TypedResults.Ok(plan.List()) : Wrong("There are too many faults already.");
    }

    private static ProblemHttpResult Wrong(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest, extensions: new Dictionary<string, object?> { ["code"] = "request.malformed" });
}
