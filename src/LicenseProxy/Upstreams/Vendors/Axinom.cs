using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>Axinom DRM (docs.axinom.com, "License Service Message"): the id of the communication key, and the key itself.</summary>
internal sealed record AxinomOptions(string CommunicationKeyId, byte[] CommunicationKey)
{
    public static AxinomOptions Read(UpstreamSection section) => new(section.Required("CommunicationKeyId"), section.Base64Secret("CommunicationKey", 32));
}

/// <summary>
/// Header <c>X-AxDRM-Message</c>: a JWT (HS256) around an entitlement message, version 2. Each key is encrypted under the communication key with
/// AES-256-CBC without padding, the key id (big-endian) as IV, and has a usage policy of its own.
/// </summary>
internal static class AxinomToken
{
    public static string Create(AxinomOptions options, LicenseGrant? grant, DateTimeOffset now) => CompactJwt.Create(HashAlgorithmName.SHA256, options.CommunicationKey, null, json =>
    {
        json.WriteNumber("version", 1);
        json.WriteString("com_key_id", options.CommunicationKeyId);
        json.WriteString("begin_date", VendorTerms.Iso(now.AddMinutes(-5)));
        json.WriteString("expiration_date", VendorTerms.Iso(now + VendorWire.TokenLifetime));
        json.WriteStartObject("message");
        json.WriteString("type", "entitlement_message");
        json.WriteNumber("version", 2);
        json.WriteStartObject("license");
        if (grant is not null)
        {
            json.WriteString("start_datetime", VendorTerms.Iso(now.AddMinutes(-5)));
            json.WriteString("expiration_datetime", VendorTerms.Iso(VendorTerms.ExpiryOf(grant)));
            json.WriteBoolean("allow_persistence", LicenseTerms.Of(grant).Persistent);
        }

        json.WriteEndObject();
        WriteKeys(json, options, grant);
        WritePolicies(json, grant);
        json.WriteEndObject();
    });

    private static void WriteKeys(Utf8JsonWriter json, AxinomOptions options, LicenseGrant? grant)
    {
        json.WriteStartObject("content_keys_source");
        json.WriteStartArray("inline");
        using var aes = Aes.Create();
        aes.SetKey(options.CommunicationKey);
        foreach (var (key, _) in VendorTerms.Keys(grant))
        {
            json.WriteStartObject();
            json.WriteString("id", key.KeyId.ToString());
            json.WriteBase64String("encrypted_key", aes.EncryptCbc(key.Key.Bytes, key.KeyId.ToByteArray(), PaddingMode.None));
            json.WriteString("usage_policy", PolicyName(key.KeyId));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePolicies(Utf8JsonWriter json, LicenseGrant? grant)
    {
        json.WriteStartArray("content_key_usage_policies");
        foreach (var (key, terms) in VendorTerms.Keys(grant))
        {
            json.WriteStartObject();
            json.WriteString("name", PolicyName(key.KeyId));
            json.WriteStartObject("widevine");
            json.WriteString("device_security_level", terms.MinimumLevel switch
            {
                SecurityLevel.Hardware => "HW_SECURE_ALL",
                SecurityLevel.HardwareCrypto => "HW_SECURE_CRYPTO",
                _ => "SW_SECURE_CRYPTO",
            });
            if (Hdcp(terms.Hdcp) is { } version) json.WriteString("hdcp", version);
            json.WriteEndObject();
            json.WriteStartObject("playready");
            json.WriteNumber("min_device_security_level", VendorTerms.PlayReadyLevel(terms.MinimumLevel));
            if (terms.Hdcp != HdcpVersion.None) json.WriteNumber("uncompressed_digital_video_opl", 300);
            json.WriteEndObject();
            if (terms.Hdcp != HdcpVersion.None)
            {
                json.WriteStartObject("fairplay");
                json.WriteString("hdcp", terms.Hdcp >= HdcpVersion.V2_2 ? "TYPE1" : "TYPE0");
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string PolicyName(Cenc.KeyId keyId) => keyId.ToHex();

    private static string? Hdcp(HdcpVersion hdcp) => hdcp switch
    {
        HdcpVersion.None => null,
        HdcpVersion.V1 => "1.0",
        HdcpVersion.V2 => "2.0",
        HdcpVersion.V2_1 => "2.1",
        HdcpVersion.V2_2 => "2.2",
        _ => "2.3",
    };
}
