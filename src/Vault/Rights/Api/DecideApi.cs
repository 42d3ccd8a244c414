using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Rights;

/// <summary><c>POST /rights/decide</c>: what would happen, with the trace. <c>POST /rights/replay</c>: recorded requests under a draft.</summary>
internal static class DecideApi
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/decide", (HttpContext http, RightsAdvisor advisor, CancellationToken cancellationToken) => RightsHttp.GuardAsync(async () =>
            Answer(await advisor.DecideAsync(await ReadAsync<RightsQuestion>(http, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false))))
            .RequireAuthorization(RightsHttp.ReadPolicy).WithName("Decide").WithSummary("Explains what would be decided; grants nothing and is not recorded as a licence")
            .Accepts<RightsQuestion>(RightsHttp.Json).Produces<Decision>().WithProblems(400, 413, 503);
        group.MapPost("/replay", (HttpContext http, RightsReplay replay, CancellationToken cancellationToken) => RightsHttp.GuardAsync(async () =>
            Answer(await replay.RunAsync(await ReadAsync<ReplayQuestion>(http, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false))))
            .RequireAuthorization(RightsHttp.ReadPolicy).WithName("Replay").WithSummary("Decides recorded licence requests again under a draft, and lists who would gain and who would lose")
            .Accepts<ReplayQuestion>(RightsHttp.Json).Produces<ReplayAnswer>().WithProblems(400, 413, 503);
    }

    private static async Task<T> ReadAsync<T>(HttpContext http, CancellationToken cancellationToken)
    {
        var body = await RightsHttp.ReadBodyAsync(http.Request, cancellationToken).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize<T>(body, RightsJson.Strict) ?? throw new JsonException("The question is null.");
        }
        catch (JsonException exception)
        {
            throw new RightsInvalidException([RightsProblem.From(exception)]);
        }
    }

    private static ContentHttpResult Answer<T>(T answer) => TypedResults.Text(JsonSerializer.Serialize(answer, RightsJson.Options), RightsHttp.Json);
}
