using System.Buffers;
using System.Globalization;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>
/// The JSON that Apple's newest key server software speaks: operations <c>get-client-info</c> (what an SPC says) and <c>create-ckc</c> (with key
/// and terms, in hex and seconds) in a <c>fairplay-streaming-request</c>, each answered with a status.
/// </summary>
internal static class KsmMessages
{
    private const string ClientInfo = "get-client-info";
    private const string CreateCkc = "create-ckc";

    public static byte[] WriteClientInfo(ReadOnlySpan<byte> spc) => Write(ClientInfo, spc, null);

    public static byte[] WriteCreateCkc(ReadOnlySpan<byte> spc, ContentKey key, ReadOnlyMemory<byte> iv, CkcTerms terms) => Write(CreateCkc, spc, json =>
    {
        json.WriteStartArray("asset-info");
        json.WriteStartObject();
        json.WriteString("content-key", Convert.ToHexStringLower(key.Bytes));
        json.WriteString("content-iv", Convert.ToHexStringLower(iv.Span));
        json.WriteString("encryption-scheme", "cbcs");
        json.WriteString("content-type", terms.ContentType);
        json.WriteNumber("hdcp-type", terms.Hdcp switch { HdcpRequirement.None => -1, HdcpRequirement.Type0 => 0, _ => 1 });
        if (terms.LeaseSeconds is { } lease) json.WriteNumber("lease-duration", lease);
        if (terms.Offline is { } offline)
        {
            json.WriteStartObject("offline-hls");
            json.WriteString("stream-id", Convert.ToHexStringLower(offline.StreamId.Span));
            json.WriteString("title-id", Convert.ToHexStringLower(offline.TitleId.Span));
            json.WriteNumber("rental-duration", offline.StorageSeconds);
            json.WriteNumber("playback-duration", offline.PlaybackSeconds);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <returns>Null for anything that is no such answer.</returns>
    public static KsmAnswer? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            var response = document.RootElement.GetProperty("fairplay-streaming-response");
            if (!response.TryGetProperty(CreateCkc, out var list) && !response.TryGetProperty(ClientInfo, out list)) return null;
            if (list.GetArrayLength() != 1) return null;
            var item = list[0];
            return new KsmAnswer
            {
                Status = (FairPlayStatus)item.GetProperty("status").GetInt32(),
                Ckc = item.TryGetProperty("ckc", out var ckc) ? ckc.GetBytesFromBase64() : null,
                AssetId = Text(item, "asset-id"),
                DeviceId = Text(item, "hu")?.ToLowerInvariant(),
                Device = ReadDevice(item),
                Playback = ReadPlayback(item),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static byte[] Write(string operation, ReadOnlySpan<byte> spc, Action<Utf8JsonWriter>? writeMore)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("fairplay-streaming-request");
            json.WriteNumber("version", 1);
            json.WriteStartArray(operation);
            json.WriteStartObject();
            json.WriteNumber("id", 1);
            json.WriteBase64String("spc", spc);
            writeMore?.Invoke(json);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static DeviceReport ReadDevice(JsonElement item)
    {
        var report = new DeviceReport
        {
            ReportedLevel = Text(item, "security-level") switch { "main" => CkcTags.LevelMain, "baseline" => CkcTags.LevelBaseline, _ => null },
            DenyList = Number(item, "kdl-version") is > 0 and var version ? (uint)version : null,
            Output = Number(item, "streaming-indicator") is { } indicator ? DeviceReport.OutputOf(indicator) : null,
            IsVirtual = item.TryGetProperty("vm-device-info", out _),
        };
        if (item.TryGetProperty("capabilities", out var capabilities) && capabilities.ValueKind == JsonValueKind.Object)
        {
            report = report with
            {
                Capabilities = DeviceReport.CapabilitiesOf(
                    Flag(capabilities, "hdcp"), Flag(capabilities, "offline-key"), Flag(capabilities, "offline-key-2"), Flag(capabilities, "security-level-baseline"), Flag(capabilities, "security-level-main")),
            };
        }

        if (item.TryGetProperty("device-identity", out var identity) && Number(identity, "device-class") is { } number) report = report with { DeviceClass = DeviceReport.ClassOf((uint)number) };
        if (item.TryGetProperty("device-info", out var info))
        {
            report = report with
            {
                Platform = Hex(info, "device-type") is { } type ? DeviceReport.PlatformOf(type) : null,
                OsVersion = Hex(info, "os-version") is { } os ? DeviceReport.OsOf((uint)os) : null,
            };
        }

        return report;
    }

    private static PlaybackState? ReadPlayback(JsonElement item)
    {
        if (!item.TryGetProperty("playback-state", out var state) || Number(state, "state") is not { } number || number == 0) return null;
        return new PlaybackState((uint)(Number(state, "creation-date") ?? 0), (uint)number, Number(state, "session-id") ?? 0);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= 1024 } text ? text : null;

    private static bool Flag(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static ulong? Number(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number)) return number;
        return null;
    }

    private static ulong? Hex(JsonElement element, string name) =>
        Text(element, name) is { Length: <= 16 } text && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>One answer of an external key security module.</summary>
internal sealed record KsmAnswer
{
    public required FairPlayStatus Status { get; init; }

    public byte[]? Ckc { get; init; }

    public string? AssetId { get; init; }

    public string? DeviceId { get; init; }

    public DeviceReport Device { get; init; } = DeviceReport.Nothing;

    public PlaybackState? Playback { get; init; }

    /// <summary>The status speaks of the SPC or its device, not of the service.</summary>
    public bool BlamesTheSpc => Status is FairPlayStatus.SpcVersion or FairPlayStatus.Parse or FairPlayStatus.MissingTag or FairPlayStatus.Integrity or FairPlayStatus.Version
        or FairPlayStatus.DuplicateTag or FairPlayStatus.SecurityLevel or FairPlayStatus.Certificate;
}
