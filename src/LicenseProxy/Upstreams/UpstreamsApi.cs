using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary><c>GET /admin/upstreams</c>: each licence service as real traffic shows it. For operators: names and failures are not for strangers.</summary>
internal static class UpstreamsApi
{
    private const string Role = "keys.admin";

    public static void MapUpstreams(this IEndpointRouteBuilder routes) => routes
        .MapGet("/admin/upstreams", (UpstreamPools pools) => TypedResults.Ok(pools.Report()))
        .RequireAuthorization(Role)
        .WithName("GetUpstreams")
        .WithTags("operators");
}
