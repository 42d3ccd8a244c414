using System.Globalization;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// The JSON answer of a Widevine licence service. Members that are not read are skipped, above all <c>session_state</c>, which holds a signing key and must
/// not reach a log.
/// </summary>
internal sealed record WidevineReply
{
    private const int MaxText = 256;

    public required string Status { get; init; }

    public int? InternalStatus { get; init; }

    /// <summary>A SignedMessage; empty for <c>parse_only</c> and refusals.</summary>
    public ReadOnlyMemory<byte> License { get; init; }

    /// <summary>Absent for some devices: then the lowest.</summary>
    public int? SecurityLevel { get; init; }

    public DeviceFacts Device { get; init; } = DeviceFacts.Unknown;

    /// <summary>What the service reads in the challenge: key ids, and a content id.</summary>
    public IReadOnlyList<KeyId> KeyIds { get; init; } = [];

    public string? ContentId { get; init; }

    /// <summary>The service says that the device or its certificate is revoked. The two numbers are as operators observe them; they are not documented.</summary>
    public bool IsRevoked => InternalStatus is 127 or 175 || Status.Contains("REVOKED", StringComparison.OrdinalIgnoreCase);

    public SecurityLevel Level => SecurityLevel switch
    {
        1 => Vault.Rights.SecurityLevel.Hardware,
        2 => Vault.Rights.SecurityLevel.HardwareCrypto,
        _ => Vault.Rights.SecurityLevel.Software,
    };

    /// <summary>Reads an answer, whatever its HTTP status: the service says in the body what it refuses.</summary>
    /// <param name="expected">The type of the message that must come, or null where none is asked for (<c>parse_only</c>).</param>
    public static UpstreamVerdict<WidevineReply> Read(UpstreamResponse response, WidevineMessageType? expected)
    {
        if (Parse(response.Body) is not { } reply)
        {
            var failure = UpstreamStatus.Read(response.Status);
            return UpstreamVerdict.Failed<WidevineReply>(failure == UpstreamFailure.None ? UpstreamFailure.AnswerUnreadable : failure, UpstreamStatus.Note(response.Status));
        }

        if (reply.Status != "OK") return Refusal(reply);
        if (expected is { } type && TypeOf(reply.License.Span) != type) return UpstreamVerdict.Failed<WidevineReply>(UpstreamFailure.AnswerUnreadable, "message_type");
        return UpstreamVerdict.Granted(reply);
    }

    private static UpstreamVerdict<WidevineReply> Refusal(WidevineReply reply)
    {
        var note = reply.InternalStatus is { } number ? string.Create(CultureInfo.InvariantCulture, $"{reply.Status} {number}") : reply.Status;
        return reply.Status switch
        {
            _ when reply.IsRevoked => UpstreamVerdict.Refused(note, reply),
            "SIGNATURE_FAILED" or "UNKNOWN_SIGNER" or "PROVIDER_ID_MISMATCH" => UpstreamVerdict.Failed<WidevineReply>(UpstreamFailure.CredentialsRejected, note),
            "INTERNAL_ERROR" or "BACKEND_ERROR" => UpstreamVerdict.Failed<WidevineReply>(UpstreamFailure.ServerError, note),
            _ => UpstreamVerdict.Refused(note, reply),
        };
    }

    private static WidevineReply? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "status") is not { Length: > 0 } status) return null;
            var pssh = Child(root, "pssh_data");
            var metadata = Child(root, "license_metadata");
            return new WidevineReply
            {
                Status = status,
                InternalStatus = Number(root, "internal_status"),
                License = Bytes(root, "license"),
                SecurityLevel = Number(root, "security_level"),
                KeyIds = KeyIdsOf(pssh),
                ContentId = (Bytes(metadata, "content_id") is { Length: > 0 } id ? id : Bytes(pssh, "content_id")) is { Length: > 0 } found ? WidevineContentId.ToText(found) : null,
                Device = new DeviceFacts
                {
                    Platform = Text(root, "platform")?.ToLowerInvariant(),
                    Model = string.Join(' ', ((string?[])[Text(root, "make"), Text(root, "model")]).Where(part => !string.IsNullOrEmpty(part))) is { Length: > 0 } model ? model : null,
                    SystemId = Number(root, "system_id")?.ToString(CultureInfo.InvariantCulture),
                    CertificateSerial = Serial(root),
                    LevelText = Number(root, "security_level") is { } level ? string.Create(CultureInfo.InvariantCulture, $"L{level}") : null,
                },
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The serial number comes as base64 or as hex.</summary>
    private static string? Serial(JsonElement root)
    {
        if (Text(root, "drm_cert_serial_number") is not { Length: > 0 and <= 64 } text) return null;
        if (text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit)) return text.ToLowerInvariant();
        Span<byte> bytes = stackalloc byte[48];
        return Convert.TryFromBase64String(text, bytes, out var length) ? Convert.ToHexStringLower(bytes[..length]) : null;
    }

    private static KeyId[] KeyIdsOf(JsonElement pssh)
    {
        if (pssh.ValueKind != JsonValueKind.Object || !pssh.TryGetProperty("key_id", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > WidevineChallenge.MaxKeyIds) return [];
        return [.. list.EnumerateArray().Select(item => item.GetBytesFromBase64()).Where(bytes => bytes.Length == KeyId.Size).Select(bytes => new KeyId(bytes)).Distinct()];
    }

    private static WidevineMessageType? TypeOf(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        WidevineMessageType? type = null;
        while (reader.Next())
            if (reader.Field == 1 && reader.WireType == ProtobufWireType.Varint) type = (WidevineMessageType)Math.Min(reader.Number, int.MaxValue);
        return reader.Error is null ? type : null;
    }

    private static JsonElement Child(JsonElement root, string name) => root.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Object ? child : default;

    private static byte[] Bytes(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetBytesFromBase64() : [];

    private static string? Text(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String) return null;
        var text = value.GetString()!;
        return text.Length > MaxText ? text[..MaxText] : text;
    }

    /// <summary>A number, or one written as text.</summary>
    private static int? Number(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number) return value.TryGetInt32(out var number) ? number : null;
        return value.ValueKind == JsonValueKind.String && int.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var written) ? written : null;
    }
}
