using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// Requests to a Widevine licence service: a JSON message, and around it the envelope <c>{"request","signature","signer"}</c>. Only granted keys are
/// in <c>content_key_specs</c>, and the policy is whole: <c>use_policy_overrides_exclusively</c> keeps the account's defaults from adding rights.
/// </summary>
internal static class WidevineMessages
{
    /// <summary>Asks what the challenge says, for no licence.</summary>
    public static byte[] ParseOnly(ReadOnlySpan<byte> challenge, WidevineCloudOptions options) => Envelope(options, challenge, null, static (json, _, _) => json.WriteBoolean("parse_only", true));

    /// <summary>Passes the challenge on with nothing added: for service certificates.</summary>
    public static byte[] Pass(ReadOnlySpan<byte> challenge, WidevineCloudOptions options) => Envelope(options, challenge, null, static (_, _, _) => { });

    /// <summary>Asks for the licence that was granted; for a release acknowledges it without any right.</summary>
    public static byte[] License(ReadOnlySpan<byte> challenge, WidevineCloudOptions options, LicenseGrant grant) => Envelope(options, challenge, grant, static (json, options, grant) =>
    {
        if (grant!.ContentId is { } contentId) json.WriteBase64String("content_id", WidevineContentId.ToBytes(contentId));
        if (options.PolicyName is { } policy) json.WriteString("policy_name", policy);
        if (options.AllowUnverifiedPlatform is { } unverified) json.WriteBoolean("allow_unverified_platform", unverified);
        if (grant.Question.Kind == LicenseKind.Release) return;
        // A renewal goes on with the keys that the device has: sending them again could only add some.
        if (grant.Question.Kind == LicenseKind.New) WriteKeys(json, grant);
        WritePolicy(json, options, grant);
        json.WriteStartObject("session_init");
        json.WriteBase64String("provider_session_token", new WidevineSessionToken(grant.ContentId ?? "", [.. grant.Keys.Select(key => key.KeyId)], grant.Question.Level, grant.Question.OfEntitlements).Seal(options.SessionKey));
        json.WriteEndObject();
    });

    private static byte[] Envelope(WidevineCloudOptions options, ReadOnlySpan<byte> challenge, LicenseGrant? grant, Action<Utf8JsonWriter, WidevineCloudOptions, LicenseGrant?> write)
    {
        var message = new ArrayBufferWriter<byte>(2 * challenge.Length + 1024);
        try
        {
            using (var json = new Utf8JsonWriter(message))
            {
                json.WriteStartObject();
                json.WriteBase64String("payload", challenge);
                json.WriteString("provider", options.Provider);
                write(json, options, grant);
                json.WriteEndObject();
            }

            return Sign(message.WrittenSpan, options);
        }
        finally
        {
            message.Clear(); // zeroes the keys in it
        }
    }

    private static byte[] Sign(ReadOnlySpan<byte> message, WidevineCloudOptions options)
    {
        var envelope = new ArrayBufferWriter<byte>((message.Length * 3 / 2) + 256);
        try
        {
            using (var json = new Utf8JsonWriter(envelope))
            {
                json.WriteStartObject();
                json.WriteBase64String("request", message);
                json.WriteBase64String("signature", options.Sign(message));
                json.WriteString("signer", options.Signer);
                json.WriteEndObject();
            }

            return envelope.WrittenSpan.ToArray();
        }
        finally
        {
            envelope.Clear();
        }
    }

    /// <summary>
    /// How the service is told entitlement keys is not public. They go where content keys go, under their own ids: the challenge beside them holds the pssh that
    /// names these ids as entitlement keys, and 32 bytes are no content key.
    /// </summary>
    private static void WriteKeys(Utf8JsonWriter json, LicenseGrant grant)
    {
        json.WriteStartArray("content_key_specs");
        foreach (var key in grant.Keys)
        {
            var terms = KeyTerms.Of(grant, key);
            json.WriteStartObject();
            json.WriteString("track_type", terms.TrackName);
            json.WriteBase64String("key_id", key.KeyId.ToByteArray());
            json.WriteBase64String("key", key.Entitlement is { } entitlement ? entitlement.Bytes : key.Key.Bytes);
            json.WriteNumber("security_level", SpecLevel(terms.MinimumLevel));
            json.WriteStartObject("required_output_protection");
            json.WriteString("hdcp", HdcpName(terms.Hdcp));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePolicy(Utf8JsonWriter json, WidevineCloudOptions options, LicenseGrant grant)
    {
        var terms = LicenseTerms.Of(grant);
        json.WriteBoolean("use_policy_overrides_exclusively", true);
        json.WriteStartObject("policy_overrides");
        json.WriteBoolean("can_play", true);
        json.WriteBoolean("can_persist", terms.Persistent);
        json.WriteBoolean("can_renew", terms.RenewSeconds is not null);
        json.WriteNumber("license_duration_seconds", terms.LicenseSeconds);
        json.WriteNumber("rental_duration_seconds", terms.RentalSeconds ?? 0);
        json.WriteNumber("playback_duration_seconds", terms.PlaybackSeconds ?? 0);
        if (terms.RenewSeconds is { } renew)
        {
            json.WriteNumber("renewal_delay_seconds", renew);
            json.WriteNumber("renewal_retry_interval_seconds", LicenseTerms.RenewRetrySeconds);
            json.WriteNumber("renewal_recovery_duration_seconds", Math.Max(terms.LicenseSeconds - renew, 0));
            if (options.RenewalServerUrl is { } url) json.WriteString("renewal_server_url", url);
        }

        json.WriteEndObject();
    }

    /// <summary>
    /// <c>security_level</c> of a key: 1 software crypto (L3 may have it), 3 crypto in hardware (L2), 5 all in hardware (L1). From the lowest level at which the
    /// key would be granted, so that the device's own level never makes a key stricter than the policy.
    /// </summary>
    private static int SpecLevel(SecurityLevel minimum) => minimum switch
    {
        SecurityLevel.Hardware => 5,
        SecurityLevel.HardwareCrypto => 3,
        _ => 1,
    };

    private static string HdcpName(HdcpVersion hdcp) => hdcp switch
    {
        HdcpVersion.None => "HDCP_NONE",
        HdcpVersion.V1 => "HDCP_V1",
        HdcpVersion.V2 => "HDCP_V2",
        HdcpVersion.V2_1 => "HDCP_V2_1",
        HdcpVersion.V2_2 => "HDCP_V2_2",
        _ => "HDCP_V2_3",
    };
}
