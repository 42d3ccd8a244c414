using System.Text.Json;
using System.Text.Json.Nodes;
using DrmHub.Sandbox.LicenseServices.Faults;
using DrmHub.Sandbox.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Fields = DrmHub.Sandbox.Wire.WidevineFields;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>
/// Widevine's cloud licence service: a signed envelope in, JSON out. HTTP is 200 for every request that is an envelope; <c>status</c>
/// says the rest.
/// </summary>
internal sealed class WidevineLicenseService(IOptions<SandboxOptions> options, TimeProvider time, ILogger<WidevineLicenseService> logger)
{
    private readonly WidevineLicenseWriter _writer = new(time);
    private readonly WidevineSessions _sessions = new();

    public SandboxAnswer Answer(string provider, ReadOnlyMemory<byte> body, Fault fault)
    {
        try
        {
            var message = WidevineEnvelope.Open(body, provider, options.Value);
            return Json(Answer(message, fault));
        }
        catch (WidevineStatusException refusal)
        {
            return Refuse(refusal.Status, refusal.Message);
        }
        catch (SandboxException refusal)
        {
            return Refuse(refusal.Code ?? WidevineStatus.InvalidChallenge, refusal.Message);
        }
    }

    private JsonObject Answer(WidevineMessage message, Fault fault)
    {
        if (message.Payload is not { Length: > 0 } payload) throw new WidevineStatusException(WidevineStatus.MalformedRequest, "The message has no payload.");
        var signed = ProtoMessage.Parse(payload, "SignedMessage");
        switch (signed.Int(Fields.SignedMessage.Type))
        {
            case Fields.SignedMessage.TypeServiceCertificateRequest:
                if (message.ContentKeySpecs is not null || message.PolicyOverrides is not null)
                    throw new WidevineStatusException(WidevineStatus.MalformedRequest, "A request for a service certificate carries no keys and no policy.");
                return Ok("SERVICE_CERTIFICATE", WidevineServiceCertificate.Answer);
            case Fields.SignedMessage.TypeLicenseRequest:
                var request = WidevineRequest.Read(signed, session => _writer.MacClient(session));
                if (fault.Revoked) throw new WidevineStatusException(WidevineStatus.DeviceRevoked, "The device's certificate is revoked.");
                return Licence(message, request, fault);
            default:
                throw new WidevineStatusException(WidevineStatus.InvalidChallenge, "The payload is neither a licence request nor one for a service certificate.");
        }
    }

    private JsonObject Licence(WidevineMessage message, WidevineRequest request, Fault fault)
    {
        var answer = message.ParseOnly ? Ok("LICENSE_REQUEST", null) : Write(message, request, fault);
        answer["license_metadata"] = new JsonObject
        {
            ["content_id"] = _sessions.ContentId(request) is { } contentId ? Convert.ToBase64String(contentId) : null,
            ["license_type"] = request.LicenseType switch { Fields.PsshContent.Offline => "OFFLINE", Fields.PsshContent.Automatic => "AUTOMATIC", _ => "STREAMING" },
            ["request_type"] = request.Type switch { Fields.LicenseRequest.TypeRenewal => "RENEWAL", Fields.LicenseRequest.TypeRelease => "RELEASE", _ => "NEW" },
        };
        if (request.Client is { } client) Describe(answer, client);
        if (request.Pssh is { } pssh)
        {
            answer["pssh_data"] = new JsonObject
            {
                ["key_id"] = new JsonArray([.. pssh.KeyIds.Select(keyId => (JsonNode)Convert.ToBase64String(keyId.ToByteArray()))]),
                ["content_id"] = Convert.ToBase64String(pssh.ContentId.Span),
            };
        }

        return answer;
    }

    private JsonObject Write(WidevineMessage message, WidevineRequest request, Fault fault)
    {
        var policy = WidevineRules.PolicyFor(message);
        IReadOnlyList<WidevineKeySpec> keys = [];
        (byte[] Message, byte[] LicenseId) written;
        if (request.ExistingLicense is { } existing)
        {
            if (message.ContentKeySpecs is { Count: > 0 } && request.Type == Fields.LicenseRequest.TypeRelease)
                throw new WidevineStatusException(WidevineStatus.MalformedRequest, "A release carries no keys.");
            written = _writer.WriteAgain(existing, policy);
        }
        else
        {
            keys = WidevineRules.KeysFor(message, request.Client!, request.OfEntitlements);
            written = _writer.WriteNew(request, keys, policy, message.SessionInit);
            _sessions.Remember(written.LicenseId, message.ContentId ?? request.Pssh?.ContentId.ToArray());
        }

        if (fault.WrongSignature) written.Message = WithWrongSignature(written.Message);
        var answer = Ok("LICENSE", written.Message);
        answer["supported_tracks"] = new JsonArray([.. keys.Select(key => (JsonNode)new JsonObject { ["type"] = key.TrackType, ["key_id"] = Convert.ToBase64String(key.KeyId!) })]);
        answer["session_state"] = SessionState(written.LicenseId, request.Client);
        return answer;
    }

    private JsonObject SessionState(byte[] licenseId, WidevineClient? client)
    {
        var id = ProtoMessage.Parse(licenseId, "LicenseIdentification");
        var session = id.Need(Fields.LicenseId.SessionId, "the session id").ToArray();
        return new JsonObject
        {
            ["license_id"] = new JsonObject
            {
                ["request_id"] = id.Bytes(Fields.LicenseId.RequestId) is { } requestId ? Convert.ToBase64String(requestId.Span) : null,
                ["session_id"] = Convert.ToBase64String(session),
                ["version"] = id.Int(Fields.LicenseId.Version) ?? 0,
            },
            ["signing_key"] = Convert.ToBase64String(_writer.MacClient(session)),
            ["keybox_system_id"] = client?.Certificate.SystemId ?? 0,
            ["license_counter"] = 0,
        };
    }

    private static void Describe(JsonObject answer, WidevineClient client)
    {
        string? Info(string name) => client.Info.FirstOrDefault(item => item.Name == name).Value;
        answer["make"] = Info("company_name");
        answer["model"] = Info("model_name");
        answer["security_level"] = (int)client.Level;
        answer["system_id"] = client.Certificate.SystemId;
        answer["drm_cert_serial_number"] = Convert.ToBase64String(client.Certificate.Serial);
        answer["device_whitelist_state"] = "DEVICE_NOT_WHITELISTED";
        answer["device_state"] = "RELEASED";
        answer["platform"] = "sandbox";
        answer["platform_verification_status"] = "PLATFORM_NO_VERIFICATION";
        answer["client_max_hdcp_version"] = WidevineRules.HdcpName(client.MaxHdcp);
        answer["oem_crypto_api_version"] = client.OemCryptoVersion;
        answer["client_info"] = new JsonArray([.. client.Info.Select(item => (JsonNode)new JsonObject { ["name"] = item.Name, ["value"] = item.Value })]);
    }

    private static byte[] WithWrongSignature(byte[] message)
    {
        var read = ProtoMessage.Parse(message, "SignedMessage");
        var signature = read.Need(Fields.SignedMessage.Signature, "the signature").ToArray();
        signature[0] ^= 1;
        return new ProtoBuilder()
            .Varint(Fields.SignedMessage.Type, read.Varint(Fields.SignedMessage.Type))
            .Bytes(Fields.SignedMessage.Msg, read.Need(Fields.SignedMessage.Msg, "the licence").Span)
            .Bytes(Fields.SignedMessage.Signature, signature)
            .Bytes(Fields.SignedMessage.SessionKey, read.Bytes(Fields.SignedMessage.SessionKey)?.ToArray())
            .ToArray();
    }

    private static JsonObject Ok(string messageType, byte[]? license)
    {
        var answer = new JsonObject { ["status"] = WidevineStatus.Ok, ["internal_status"] = 0, ["message_type"] = messageType };
        if (license is not null) answer["license"] = Convert.ToBase64String(license);
        return answer;
    }

    private SandboxAnswer Refuse(string status, string message)
    {
        Log.Refused(logger, "widevine", message);
        return Json(new JsonObject { ["status"] = status, ["status_message"] = message, ["internal_status"] = WidevineStatus.Internal(status) });
    }

    private static SandboxAnswer Json(JsonObject answer) => new(StatusCodes.Status200OK, "application/json", JsonSerializer.SerializeToUtf8Bytes(answer));
}
