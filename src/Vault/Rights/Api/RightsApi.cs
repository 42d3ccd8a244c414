using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Rights;

/// <summary>
/// The routes for rights teams. The host registers <see cref="RightsStore"/>, <c>AuditLog</c> and <c>KeyStore</c> as services, and the
/// authorization policies <c>rights.read</c> and <c>rights.write</c>.
/// </summary>
public static class RightsApi
{
    public static IEndpointRouteBuilder MapRights(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        var group = routes.MapGroup("/rights").WithTags("rights");
        RightsKindApi.Map(group, RightsKinds.Deals);
        RightsKindApi.Map(group, RightsKinds.Plans);
        RightsKindApi.Map(group, RightsKinds.Titles);
        RightsKindApi.Map(group, RightsKinds.Collections);
        RightsKindApi.Map(group, RightsKinds.Takedowns);
        RightsKindApi.Map(group, RightsKinds.Revocations);
        RightsKindApi.Map(group, RightsKinds.Subscribers);
        SubscriberPartApi.Map(group, SubscriberParts.Subscriptions);
        SubscriberPartApi.Map(group, SubscriberParts.Purchases);
        SubscriberPartApi.Map(group, SubscriberParts.Rentals);
        DevicesApi.Map(group);
        RightsBatchApi.Map(group);
        DecideApi.Map(group);
        return routes;
    }
}
