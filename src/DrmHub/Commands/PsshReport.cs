using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Host.Commands;

/// <summary>What <c>drmhub pssh decode --json</c> prints for one finding; a null member is left out. Byte strings say their encoding in their name.</summary>
internal sealed record PsshReport
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Base64 stays readable; control characters are escaped all the same. The output is not for HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required string Form { get; init; }

    public string? Path { get; init; }

    public long? Offset { get; init; }

    public long? Size { get; init; }

    public int? Version { get; init; }

    public Guid? SystemId { get; init; }

    public string? System { get; init; }

    public IReadOnlyList<string>? KeyIds { get; init; }

    public WidevineReport? Widevine { get; init; }

    public PlayReadyReport? PlayReady { get; init; }

    /// <summary>Data of a system that is not looked into.</summary>
    public string? DataHex { get; init; }

    /// <summary>Why the data could not be read.</summary>
    public string? Problem { get; init; }

    public required string Base64 { get; init; }

    public static PsshReport From(PsshFinding finding)
    {
        var systemId = finding.Box?.SystemId ?? (finding.Form == "widevine-data" ? DrmSystemIds.Widevine : DrmSystemIds.PlayReady);
        var data = finding.Box?.Data.ToArray() ?? finding.Data!;
        var report = new PsshReport
        {
            Form = finding.Form,
            Path = finding.Path,
            Offset = finding.Offset,
            Size = finding.Box?.Size,
            Version = finding.Box?.Version,
            SystemId = systemId,
            System = SystemName(systemId),
            KeyIds = finding.Box is { } box ? [.. box.KeyIds.Select(keyId => keyId.ToString())] : null,
            Base64 = finding.Box?.ToBase64() ?? Convert.ToBase64String(data),
        };
        try
        {
            if (systemId == DrmSystemIds.Widevine) return report with { Widevine = WidevineReport.From(WidevinePsshData.Parse(data)) };
            if (systemId == DrmSystemIds.PlayReady) return report with { PlayReady = PlayReadyReport.From(PlayReadyObject.Parse(data)) };
            return report with { DataHex = data.Length == 0 ? null : Convert.ToHexStringLower(data) };
        }
        catch (CencFormatException exception)
        {
            return report with { DataHex = Convert.ToHexStringLower(data), Problem = exception.Message };
        }
    }

    /// <summary>UTF-8 text without control characters, or null.</summary>
    internal static string? PrintableText(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var text = StrictUtf8.GetString(bytes);
            return text.Any(char.IsControl) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string? SystemName(Guid systemId) => systemId == DrmSystemIds.Common ? "Common (W3C)" : DrmSystemIds.ToSystem(systemId)?.ToString();
}

/// <summary>The fields of Widevine's data.</summary>
internal sealed record WidevineReport
{
    public required IReadOnlyList<string> KeyIds { get; init; }

    public string? Provider { get; init; }

    public string? ContentIdText { get; init; }

    public string? ContentIdHex { get; init; }

    public string? Scheme { get; init; }

    public uint? CryptoPeriodIndex { get; init; }

    public uint? CryptoPeriodSeconds { get; init; }

    public uint? Algorithm { get; init; }

    public string? TrackType { get; init; }

    public string? Policy { get; init; }

    public string? GroupedLicenseHex { get; init; }

    /// <summary>SINGLE, ENTITLEMENT or ENTITLED_KEY; null where the data does not say.</summary>
    public string? Type { get; init; }

    public IReadOnlyList<EntitledKeyReport>? EntitledKeys { get; init; }

    public string? UnknownFieldsHex { get; init; }

    public static WidevineReport From(WidevinePsshData data) => new()
    {
        KeyIds = [.. data.KeyIds.Select(keyId => keyId.ToString())],
        Provider = data.Provider,
        ContentIdText = data.ContentId.IsEmpty ? null : PsshReport.PrintableText(data.ContentId.Span),
        ContentIdHex = Hex(data.ContentId),
        Scheme = data.Scheme?.ToFourCC(),
        CryptoPeriodIndex = data.CryptoPeriodIndex,
        CryptoPeriodSeconds = data.CryptoPeriodSeconds,
        Algorithm = data.Algorithm,
        TrackType = data.TrackType,
        Policy = data.Policy,
        GroupedLicenseHex = Hex(data.GroupedLicense),
        Type = data.Type switch { WidevinePsshType.Single => "SINGLE", WidevinePsshType.Entitlement => "ENTITLEMENT", WidevinePsshType.EntitledKey => "ENTITLED_KEY", _ => null },
        EntitledKeys = data.EntitledKeys.Count == 0 ? null : [.. data.EntitledKeys.Select(key => new EntitledKeyReport(key.KeyId.ToString(), key.EntitlementKeyId.ToString()))],
        UnknownFieldsHex = Hex(data.UnknownFields),
    };

    private static string? Hex(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? null : Convert.ToHexStringLower(bytes.Span);
}

/// <summary>A content key that a pssh carries, and the key that it is wrapped under.</summary>
internal sealed record EntitledKeyReport(string KeyId, string EntitlementKeyId);

/// <summary>A PlayReady object: its header taken apart, and the header's text as it stands.</summary>
internal sealed record PlayReadyReport
{
    public required IReadOnlyList<PlayReadyRecordReport> Records { get; init; }

    public string? HeaderVersion { get; init; }

    public IReadOnlyList<PlayReadyKeyReport>? Keys { get; init; }

    public string? LicenseUrl { get; init; }

    public string? LicensePageUrl { get; init; }

    public Guid? DomainServiceId { get; init; }

    public string? CustomAttributes { get; init; }

    public bool? OnDemand { get; init; }

    public bool? LicenseRequested { get; init; }

    public string? HeaderXml { get; init; }

    public static PlayReadyReport From(PlayReadyObject value)
    {
        var header = value.ReadHeader();
        return new PlayReadyReport
        {
            Records = [.. value.Records.Select(record => new PlayReadyRecordReport(record.Type, record.Value.Length))],
            HeaderVersion = header?.Version switch { WrmVersion.V40 => "4.0.0.0", WrmVersion.V41 => "4.1.0.0", WrmVersion.V42 => "4.2.0.0", WrmVersion.V43 => "4.3.0.0", _ => null },
            Keys = header is null ? null : [.. header.Keys.Select(key => new PlayReadyKeyReport(
                key.KeyId.ToString(),
                key.Algorithm switch { WrmAlgorithm.AesCtr => "AESCTR", WrmAlgorithm.AesCbc => "AESCBC", WrmAlgorithm.Cocktail => "COCKTAIL", _ => null },
                key.Checksum.IsEmpty ? null : Convert.ToBase64String(key.Checksum.Span)))],
            LicenseUrl = header?.LicenseUrl,
            LicensePageUrl = header?.LicensePageUrl,
            DomainServiceId = header?.DomainServiceId,
            CustomAttributes = header?.CustomAttributes?.ToString(System.Xml.Linq.SaveOptions.DisableFormatting),
            OnDemand = header?.OnDemand == true ? true : null,
            LicenseRequested = header?.LicenseRequested,
            HeaderXml = value.ReadHeaderText(),
        };
    }
}

internal sealed record PlayReadyRecordReport(int Type, int Size);

internal sealed record PlayReadyKeyReport(string KeyId, string? Algorithm, string? Checksum);
