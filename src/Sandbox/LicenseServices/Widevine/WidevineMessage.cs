using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>The signed message of a licence request. A member that the service does not know makes it refuse the whole message.</summary>
internal sealed record WidevineMessage
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        MaxDepth = 8,
    };

    public byte[]? Payload { get; init; }

    public byte[]? ContentId { get; init; }

    public string? Provider { get; init; }

    public string? PolicyName { get; init; }

    public string? AllowedTrackTypes { get; init; }

    public IReadOnlyList<WidevineKeySpec>? ContentKeySpecs { get; init; }

    public bool UsePolicyOverridesExclusively { get; init; }

    public WidevinePolicyOverrides? PolicyOverrides { get; init; }

    public WidevineSessionInit? SessionInit { get; init; }

    public bool ParseOnly { get; init; }

    [JsonPropertyName("sd_only_for_l3")]
    public bool SdOnlyForL3 { get; init; }

    public byte[]? SessionKey { get; init; }

    public byte[]? SessionIv { get; init; }

    public byte[]? ClientIdMsg { get; init; }

    public bool AllowUnverifiedPlatform { get; init; }
}

internal sealed record WidevineKeySpec
{
    public string? TrackType { get; init; }

    /// <summary>1 SW_SECURE_CRYPTO to 5 HW_SECURE_ALL.</summary>
    public int SecurityLevel { get; init; } = 1;

    public byte[]? KeyId { get; init; }

    public byte[]? Key { get; init; }

    public byte[]? Iv { get; init; }

    public WidevineOutputProtection? RequiredOutputProtection { get; init; }
}

internal sealed record WidevineOutputProtection
{
    public string? Hdcp { get; init; }

    public string? CgmsFlags { get; init; }

    public bool DisableAnalogOutput { get; init; }

    public string? HdcpSrmRule { get; init; }
}

/// <summary>Seconds; 0 is unlimited.</summary>
internal sealed record WidevinePolicyOverrides
{
    public bool CanPlay { get; init; }

    public bool CanPersist { get; init; }

    public bool CanRenew { get; init; }

    public long LicenseDurationSeconds { get; init; }

    public long RentalDurationSeconds { get; init; }

    public long PlaybackDurationSeconds { get; init; }

    public long TimeShiftLimitSeconds { get; init; }

    public string? RenewalServerUrl { get; init; }

    public long RenewalDelaySeconds { get; init; }

    public long RenewalRetryIntervalSeconds { get; init; }

    public long RenewalRecoveryDurationSeconds { get; init; }

    public bool RenewWithUsage { get; init; }

    public bool AlwaysIncludeClientId { get; init; }
}

internal sealed record WidevineSessionInit
{
    public byte[]? ProviderSessionToken { get; init; }

    public byte[]? ProviderClientToken { get; init; }

    public bool OverrideProviderClientToken { get; init; }

    public string? OverrideDeviceRevocation { get; init; }

    public byte[]? SessionId { get; init; }
}
