using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.LicenseServices.Faults;
using DrmHub.Sandbox.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.Sandbox.LicenseServices.FairPlay;

/// <summary>
/// A key security module behind HTTP, as Apple's newer server kits put one there: <c>create-ckc</c> makes a CKC with the caller's key and
/// rules, <c>get-client-info</c> reports what the SPC says. Every entry has its own status, 0 or one of Apple's numbers.
/// </summary>
internal sealed class KsmService(ILogger<KsmService> logger)
{
    private const int MaxEntries = 32;

    public SandboxAnswer Answer(ReadOnlyMemory<byte> body, Fault fault)
    {
        KsmMessage? message;
        try
        {
            message = JsonSerializer.Deserialize<KsmMessage>(body.Span, KsmAsset.Json);
        }
        catch (JsonException exception)
        {
            return ServiceDoor.Text(StatusCodes.Status400BadRequest, $"The request is not of the right form at {exception.Path ?? "$"}.");
        }

        var (name, entries, answer) = message?.Request switch
        {
            { CreateCkc: { } create, GetClientInfo: null } => ("create-ckc", create, (Func<KsmEntry, Fault, JsonObject>)CreateCkc),
            { GetClientInfo: { } info, CreateCkc: null } => ("get-client-info", info, ClientInfo),
            _ => default,
        };
        if (entries is not { Count: > 0 and <= MaxEntries }) return ServiceDoor.Text(StatusCodes.Status400BadRequest, "The request holds create-ckc or get-client-info with 1 to 32 entries.");
        var results = new JsonArray([.. entries.Select(entry => (JsonNode)Guarded(entry, fault, answer))]);
        var response = new JsonObject { ["fairplay-streaming-response"] = new JsonObject { [name] = results } };
        return new SandboxAnswer(StatusCodes.Status200OK, "application/json", JsonSerializer.SerializeToUtf8Bytes(response));
    }

    private JsonObject Guarded(KsmEntry entry, Fault fault, Func<KsmEntry, Fault, JsonObject> answer)
    {
        try
        {
            return answer(entry, fault);
        }
        catch (SandboxException refusal)
        {
            Log.Refused(logger, "fairplay", refusal.Message);
            return new JsonObject { ["id"] = entry.Id, ["status"] = int.Parse(refusal.Code ?? "-42581", CultureInfo.InvariantCulture) };
        }
    }

    private static JsonObject CreateCkc(KsmEntry entry, Fault fault)
    {
        var spc = Open(entry);
        if (entry.CheckIn) throw SpcRequest.Error("-42581", "Check-in is not served by the sandbox.");
        if (entry.AssetInfo is not [var asset]) throw SpcRequest.Error("-42581", "asset-info has one entry.");
        if (fault.Revoked) throw new SandboxException(SandboxFailure.Policy, "The device is revoked.", "-42604");
        asset.CheckFor(spc);
        var ckc = CkcWriter.Write(spc, asset);
        if (fault.WrongSignature) ckc[8] ^= 1; // the IV is not authenticated: the first block of the payload changes
        return new JsonObject { ["id"] = entry.Id, ["status"] = 0, ["hu"] = Convert.ToHexStringLower(spc.Hu), ["ckc"] = Convert.ToBase64String(ckc) };
    }

    private static JsonObject ClientInfo(KsmEntry entry, Fault fault)
    {
        var spc = Open(entry);
        if (entry.AssetInfo is not null) throw SpcRequest.Error("-42581", "get-client-info takes no asset-info.");
        var info = new JsonObject
        {
            ["id"] = entry.Id,
            ["status"] = 0,
            ["version"] = spc.Version,
            ["hu"] = Convert.ToHexStringLower(spc.Hu),
            ["asset-id"] = spc.AssetId,
            ["capabilities"] = new JsonObject
            {
                ["hdcp"] = Has(spc, FairPlayTags.CapabilityHdcpType1),
                ["offline-key"] = Has(spc, FairPlayTags.CapabilityOffline),
                ["offline-key-2"] = Has(spc, FairPlayTags.CapabilityOfflineV2),
                ["security-level-baseline"] = Has(spc, FairPlayTags.CapabilityBaseline),
                ["security-level-main"] = Has(spc, FairPlayTags.CapabilityMain),
            },
        };
        if (spc.Level != FairPlayLevel.Old)
        {
            info["security-level"] = spc.Level == FairPlayLevel.Main ? "main" : "baseline";
            info["kdl-version"] = spc.DenyListVersion;
        }

        return info;
    }

    private static SpcRequest Open(KsmEntry entry) => SpcRequest.Open(entry.Spc ?? throw SpcRequest.Error("-42581", "The entry has no spc."));

    private static bool Has(SpcRequest spc, ulong capability) => (spc.Capabilities & capability) != 0;
}
