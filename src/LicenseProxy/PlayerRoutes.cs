using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy;

/// <summary>The routes that players ask. They are the busy ones, so nothing stands before them that only pages and operators need.</summary>
public static class PlayerRoutes
{
    private static readonly Marker s_marker = new();

    /// <summary>Open to pages of the configured origins, and without the operators' authentication: the gate authenticates the player, so that its refusal is audited.</summary>
    public static TBuilder ForPlayers<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.AllowAnonymous().RequireCors(LicenseHttp.CorsPolicy).WithTags("players").WithMetadata(s_marker);

    /// <summary>Answers them from here, after routing and CORS, and passes on everything else.</summary>
    public static IApplicationBuilder UsePlayerRoutes(this IApplicationBuilder app) => app.Use(static (http, next) =>
        http.GetEndpoint() is { RequestDelegate: { } answer } endpoint && endpoint.Metadata.GetMetadata<Marker>() is not null ? answer(http) : next(http));

    private sealed class Marker;
}
