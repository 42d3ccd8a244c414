using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>DoveRunner, before it PallyCon ("License Token Guide", policy version 2): the site and its two secrets.</summary>
internal sealed record DoveRunnerOptions(string SiteId, byte[] SiteKey, string AccessKey)
{
    public static DoveRunnerOptions Read(UpstreamSection section)
    {
        var siteKey = Encoding.UTF8.GetBytes(section.Secret("SiteKey") ?? "");
        if (siteKey.Length is not (0 or 32)) section.Problem("SiteKey", "has 32 characters");
        return new DoveRunnerOptions(section.Required("SiteId"), siteKey, section.Secret("AccessKey") ?? "");
    }
}

/// <summary>
/// Header <c>pallycon-customdata-v2</c>: base64 of a JSON token. Its policy is JSON under AES-256-CBC with the site key and a fixed IV; the hash over all of it
/// with the access key makes it unforgeable. Good for 600 s from its timestamp.
/// </summary>
internal static class DoveRunnerToken
{
    private static readonly byte[] Iv = "0123456789abcdef"u8.ToArray();

    public static string Create(DoveRunnerOptions options, DrmSystem system, LicenseGrant? grant, DateTimeOffset now)
    {
        var policy = Encrypt(options, Policy(grant));
        var drm = system.ToString();
        var user = VendorTerms.User(grant);
        var content = grant?.ContentId ?? "";
        var timestamp = VendorTerms.Iso(now);
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(options.AccessKey + drm + options.SiteId + user + content + policy + timestamp)));
        return Convert.ToBase64String(CompactJwt.Json(json =>
        {
            json.WriteString("drm_type", drm);
            json.WriteString("site_id", options.SiteId);
            json.WriteString("user_id", user);
            json.WriteString("cid", content);
            json.WriteString("policy", policy);
            json.WriteString("timestamp", timestamp);
            json.WriteString("hash", hash);
            json.WriteString("response_format", "original");
            json.WriteBoolean("key_rotation", false);
        }));
    }

    private static string Encrypt(DoveRunnerOptions options, byte[] policy)
    {
        try
        {
            using var aes = Aes.Create();
            aes.SetKey(options.SiteKey);
            return Convert.ToBase64String(aes.EncryptCbc(policy, Iv));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(policy);
        }
    }

    private static byte[] Policy(LicenseGrant? grant) => CompactJwt.Json(json =>
    {
        json.WriteNumber("policy_version", 2);
        if (grant is null) return;
        var terms = LicenseTerms.Of(grant);
        json.WriteStartObject("playback_policy");
        json.WriteBoolean("persistent", terms.Persistent);
        json.WriteNumber("license_duration", terms.LicenseSeconds);
        if (terms.RentalSeconds is { } rental) json.WriteNumber("rental_duration", rental);
        if (terms.PlaybackSeconds is { } playback) json.WriteNumber("playback_duration", playback);
        json.WriteEndObject();
        json.WriteStartArray("security_policy");
        // One policy for a track type: the strictest of its keys.
        foreach (var track in VendorTerms.Keys(grant).GroupBy(item => item.Terms.TrackName)) WriteTrack(json, track.Key, track.Max(item => item.Terms.MinimumLevel), track.Max(item => item.Terms.Hdcp));
        json.WriteEndArray();
        json.WriteStartObject("external_key");
        json.WriteStartArray("mpeg_cenc");
        foreach (var (key, each) in VendorTerms.Keys(grant))
        {
            json.WriteStartObject();
            json.WriteString("track_type", each.TrackName);
            json.WriteString("key_id", key.KeyId.ToHex());
            json.WriteString("key", Convert.ToHexStringLower(key.Key.Bytes));
            if (key.Iv is { } iv) json.WriteString("iv", Convert.ToHexStringLower(iv).PadRight(32, '0'));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteTrack(Utf8JsonWriter json, string track, SecurityLevel minimum, HdcpVersion hdcp)
    {
        json.WriteStartObject();
        json.WriteString("track_type", track);
        json.WriteStartObject("widevine");
        json.WriteNumber("security_level", VendorTerms.WidevineLevel(minimum));
        json.WriteString("required_hdcp_version", VendorTerms.WidevineHdcp(hdcp));
        json.WriteEndObject();
        json.WriteStartObject("playready");
        json.WriteNumber("security_level", VendorTerms.PlayReadyLevel(minimum));
        if (hdcp != HdcpVersion.None) json.WriteNumber("digital_video_protection_level", 300);
        if (hdcp >= HdcpVersion.V2_2) json.WriteBoolean("require_hdcp_type_1", true);
        json.WriteEndObject();
        json.WriteStartObject("fairplay");
        json.WriteNumber("hdcp_enforcement", hdcp switch
        {
            HdcpVersion.None => -1,
            < HdcpVersion.V2_2 => 0,
            _ => 1,
        });
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
