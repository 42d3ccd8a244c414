using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.LicenseProxy.Devices;

/// <summary>
/// <c>GET /devices/{subscriber}</c> and <c>DELETE /devices/{subscriber}/{device}</c> for operators: the devices that hold slots of an account, and giving one
/// back. (Blocking a device is a change of rights: <c>/rights/devices</c>.)
/// </summary>
internal static class DevicesApi
{
    public static void MapDevices(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/devices").WithTags("rights");
        group.MapGet("/{subscriber}", ListAsync).RequireAuthorization("rights.read").WithName("ListDeviceSlots");
        group.MapDelete("/{subscriber}/{**device}", RemoveAsync).RequireAuthorization("rights.write").WithName("FreeDeviceSlot");
    }

    private static async Task<Ok<IReadOnlyList<DeviceSlot>>> ListAsync(string subscriber, DeviceSlots slots, CancellationToken cancellationToken) =>
        TypedResults.Ok(await slots.ListAsync(subscriber, cancellationToken));

    private static async Task<IResult> RemoveAsync(string subscriber, string device, HttpContext http, DeviceSlots slots, AuditLog audit, CancellationToken cancellationToken)
    {
        // The entry first: a slot that is given back without one could not be told from a fault.
        await audit.AppendAsync(
            new AuditEntry
            {
                Kind = AuditKind.Administration,
                Subject = subscriber,
                Actor = http.User.FindFirst("sub")?.Value ?? "operator",
                ActorRole = "rights.write",
                DeviceId = device,
                RequestId = http.TraceIdentifier,
                Details = new Dictionary<string, string> { ["action"] = "device slot given back" },
            },
            cancellationToken);
        return await slots.RemoveAsync(subscriber, device, cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.Problem("The device holds no slot of this subscriber.", statusCode: StatusCodes.Status404NotFound, extensions: new Dictionary<string, object?> { ["code"] = "device.unknown" });
    }
}
