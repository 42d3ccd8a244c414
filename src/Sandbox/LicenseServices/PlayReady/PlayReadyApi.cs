using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace DrmHub.Sandbox.LicenseServices.PlayReady;

/// <summary>
/// <c>POST /playready/rightsmanager.asmx?cfg=…</c>: the policy as Microsoft's public test server takes it, in the query or in CustomData.
/// <c>POST /playready/own.asmx</c>: the policy in the hub's signed header, as an own server takes it.
/// </summary>
internal static partial class PlayReadyApi
{
    public static void MapPlayReadyLicense(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/playready/rightsmanager.asmx", (HttpContext http, ServiceDoor door, PlayReadyLicenseService service) =>
            door.RunAsync(http, "playready", (body, fault) => service.Answer(http.Request.Headers["SOAPAction"], body, fault, request => ReadPolicy(http.Request.QueryString.Value, request))));
        routes.MapPost("/playready/own.asmx", (HttpContext http, ServiceDoor door, PlayReadyLicenseService service, PolicyHeader policies, IOptions<SandboxOptions> options) =>
            door.RunAsync(http, "playready", (body, fault) => service.Answer(
                http.Request.Headers["SOAPAction"], body, fault, request => policies.Open(http.Request.Headers[PolicyHeader.Name], options.Value.PlayReadyPolicyKeys, body.Span, request.KeyIds))));
    }

    private static IReadOnlyList<PlayReadyPolicy> ReadPolicy(string? query, PlayReadyRequest request)
    {
        // Not the parsed query: there a plus sign, which base64 has, would be a blank.
        var text = Uri.UnescapeDataString(Configuration().Match(query ?? "").Groups["cfg"].Value);
        if (text.Length == 0 && request.CustomData is ['(', ..] custom) text = custom;
        if (text.Length == 0) return PlayReadyPolicy.Default(request.KeyIds);
        return Reflect(text, request) ?? PlayReadyPolicy.Parse(text, request.KeyIds);
    }

    /// <summary>The test server's words that ask for no licence: <c>msg:clientinfo</c>, <c>errorcode:0x…</c>, <c>revoked:true</c>.</summary>
    private static IReadOnlyList<PlayReadyPolicy>? Reflect(string text, PlayReadyRequest request)
    {
        foreach (var (name, value) in PolicySyntax.Parse(text).SelectMany(group => group))
        {
            switch (name)
            {
                case "msg" when value == "clientinfo": throw new PlayReadyFaultException("0x8004c604", $"ClientVersion={request.ClientVersion};SecurityLevel={(int)request.Level}");
                case "errorcode" when ErrorCode().IsMatch(value): throw new PlayReadyFaultException(value, null);
                case "revoked" when value == "true": throw new PlayReadyFaultException("0x8004c065", null);
            }
        }

        return null;
    }

    [GeneratedRegex("[?&]cfg=(?<cfg>[^&]*)")]
    private static partial Regex Configuration();

    [GeneratedRegex("^0x[0-9a-fA-F]{8}$")]
    private static partial Regex ErrorCode();
}
