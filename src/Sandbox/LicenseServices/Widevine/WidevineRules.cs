using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>What the fields of a message may say, and what of it goes into a licence.</summary>
internal static class WidevineRules
{
    private static readonly string[] TrackTypeSets = ["SD_ONLY", "SD_HD", "SD_UHD1", "SD_UHD2"];
    private static readonly string[] Cgms = ["CGMS_NONE", "COPY_FREE", "COPY_ONCE", "COPY_NEVER"];
    private static readonly string[] SrmRules = ["HDCP_SRM_RULE_NONE", "CURRENT_SRM"];
    private const int MaxSpecs = 64;
    private const int ContentKeySize = 16;
    private const int EntitlementKeySize = 32;

    /// <param name="message">What the proxy asks for.</param>
    /// <param name="client">The device.</param>
    /// <param name="ofEntitlements">Whether the challenge asks for entitlement keys: then they have 32 bytes, and else 16.</param>
    /// <exception cref="WidevineStatusException">Values out of range, keys missing, or members that exclude one another.</exception>
    public static IReadOnlyList<WidevineKeySpec> KeysFor(WidevineMessage message, WidevineClient client, bool ofEntitlements)
    {
        if (message.AllowedTrackTypes is { } allowed)
        {
            if (message.ContentKeySpecs is not null) throw Malformed("allowed_track_types and content_key_specs exclude one another");
            if (!TrackTypeSets.Contains(allowed)) throw Malformed("allowed_track_types is none of SD_ONLY, SD_HD, SD_UHD1, SD_UHD2");
        }

        if (message.SessionKey is not null || message.SessionIv is not null) throw Malformed("keys under a session_key are not served by the sandbox");
        if (message.ContentKeySpecs is not { Count: > 0 } specs)
            throw new WidevineStatusException(WidevineStatus.MissingKeys, "The sandbox keeps no keys: content_key_specs with key_id and key are needed.");
        if (specs.Count > MaxSpecs) throw Malformed($"content_key_specs has more than {MaxSpecs} entries");
        if (specs.DistinctBy(spec => Convert.ToHexString(spec.KeyId ?? [])).Count() != specs.Count) throw Malformed("content_key_specs names a key twice");
        foreach (var spec in specs) Check(spec, ofEntitlements ? EntitlementKeySize : ContentKeySize);
        return message.SdOnlyForL3 && client.Level == WidevineLevel.L3 ? [.. specs.Where(spec => spec.TrackType is "AUDIO" or "SD")] : specs;
    }

    /// <exception cref="WidevineStatusException">A policy that is not known, or durations below 0.</exception>
    public static WidevinePolicyOverrides PolicyFor(WidevineMessage message)
    {
        if (message.PolicyName is not (null or "" or "default")) throw new WidevineStatusException(WidevineStatus.InvalidPolicy, "The policy name is unknown.");
        var policy = message.PolicyOverrides ?? new WidevinePolicyOverrides();
        long[] seconds =
        [
            policy.LicenseDurationSeconds, policy.RentalDurationSeconds, policy.PlaybackDurationSeconds, policy.TimeShiftLimitSeconds,
            policy.RenewalDelaySeconds, policy.RenewalRetryIntervalSeconds, policy.RenewalRecoveryDurationSeconds,
        ];
        if (seconds.Any(value => value < 0)) throw new WidevineStatusException(WidevineStatus.InvalidPolicy, "A duration is below 0.");
        if (policy is { CanRenew: false, RenewalDelaySeconds: > 0 }) throw new WidevineStatusException(WidevineStatus.InvalidPolicy, "renewal_delay_seconds needs can_renew.");
        return policy;
    }

    /// <returns>Null where the name is unknown.</returns>
    public static HdcpVersion? Hdcp(string name) => name switch
    {
        "HDCP_NONE" => HdcpVersion.None,
        "HDCP_V1" => HdcpVersion.Hdcp1,
        "HDCP_V2" => HdcpVersion.Hdcp20,
        "HDCP_V2_1" => HdcpVersion.Hdcp21,
        "HDCP_V2_2" => HdcpVersion.Hdcp22,
        "HDCP_V2_3" => HdcpVersion.Hdcp23,
        "HDCP_NO_DIGITAL_OUTPUT" => HdcpVersion.NoOutput,
        _ => null,
    };

    public static string HdcpName(int value) => value switch
    {
        0 => "HDCP_NONE",
        1 => "HDCP_V1",
        2 => "HDCP_V2",
        3 => "HDCP_V2_1",
        4 => "HDCP_V2_2",
        5 => "HDCP_V2_3",
        _ => "HDCP_NO_DIGITAL_OUTPUT",
    };

    private static void Check(WidevineKeySpec spec, int keySize)
    {
        if (!TrackTypes.TryParse(spec.TrackType, out _)) throw Malformed("track_type is none of AUDIO, SD, HD, UHD1, UHD2");
        if (spec.SecurityLevel is < 1 or > 5) throw Malformed("security_level is not 1 to 5");
        if (spec.KeyId is not { Length: 16 } || spec.Key?.Length != keySize) throw Malformed($"key_id has 16 bytes, and key {keySize} for what the challenge asks for");
        if (spec.Iv is not (null or { Length: 8 or 16 })) throw Malformed("iv has 8 or 16 bytes");
        if (spec.RequiredOutputProtection is not { } output) return;
        if (output.Hdcp is { } hdcp && Hdcp(hdcp) is null) throw Malformed("hdcp is no known version");
        if (output.CgmsFlags is { } cgms && !Cgms.Contains(cgms)) throw Malformed("cgms_flags is no known value");
        if (output.HdcpSrmRule is { } srm && !SrmRules.Contains(srm)) throw Malformed("hdcp_srm_rule is no known value");
    }

    private static WidevineStatusException Malformed(string what) => new(WidevineStatus.MalformedRequest, $"The message is wrong: {what}.");
}
