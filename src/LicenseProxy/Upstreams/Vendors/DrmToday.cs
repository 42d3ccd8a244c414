using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>castLabs DRMtoday with upfront authorization: the merchant, and the secret that signs its tokens.</summary>
internal sealed record DrmTodayOptions(string Merchant, byte[] SharedSecret, string? KeyId)
{
    public static DrmTodayOptions Read(UpstreamSection section) => new(section.Required("Merchant"), section.HexSecret("SharedSecret"), section.Text("KeyId"));
}

/// <summary>
/// Header <c>x-dt-auth-token</c>: a JWT (HS512) whose claim <c>crt</c> is the customer rights token, JSON inside a string; <c>x-dt-custom-data</c> says
/// whose. Keys stay at DRMtoday, under the title's content id as its asset id: the token says who may have them and for how long, not at which level,
/// so that the decision counts every device as the lowest.
/// </summary>
internal static class DrmTodayToken
{
    private const int IdSize = 16;

    public static string CustomData(DrmTodayOptions options, LicenseGrant? grant) => Convert.ToBase64String(Owner(options, grant));

    public static string Create(DrmTodayOptions options, LicenseGrant? grant, DateTimeOffset now) => CompactJwt.Create(HashAlgorithmName.SHA512, options.SharedSecret, options.KeyId, json =>
    {
        json.WriteString("optData", Encoding.UTF8.GetString(Owner(options, grant)));
        json.WriteString("crt", "[" + Encoding.UTF8.GetString(Rights(grant)) + "]");
        json.WriteNumber("iat", now.ToUnixTimeSeconds());
        json.WriteNumber("exp", (now + VendorWire.TokenLifetime).ToUnixTimeSeconds());
        json.WriteString("jti", Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize)));
    });

    private static byte[] Owner(DrmTodayOptions options, LicenseGrant? grant) => CompactJwt.Json(json =>
    {
        json.WriteString("userId", VendorTerms.User(grant));
        json.WriteString("sessionId", grant?.SessionId ?? "none");
        json.WriteString("merchant", options.Merchant);
    });

    private static byte[] Rights(LicenseGrant? grant) => CompactJwt.Json(json =>
    {
        if (grant is null) return;
        var terms = LicenseTerms.Of(grant);
        json.WriteString("assetId", grant.ContentId);
        json.WriteBoolean("storeLicense", terms.Persistent);
        WriteProfile(json, grant, terms);
        var protects = VendorTerms.Keys(grant).Any(item => item.Terms.Hdcp != HdcpVersion.None);
        json.WriteStartObject("outputProtection");
        json.WriteBoolean("digital", protects);
        json.WriteBoolean("analogue", protects);
        json.WriteBoolean("enforce", protects);
        json.WriteEndObject();
    });

    private static void WriteProfile(Utf8JsonWriter json, LicenseGrant grant, LicenseTerms terms)
    {
        json.WriteStartObject("profile");
        json.WriteStartObject("rental");
        json.WriteString("absoluteExpiration", VendorTerms.Iso(VendorTerms.ExpiryOf(grant)));
        json.WriteNumber("playDuration", Math.Min(terms.PlaybackSeconds ?? terms.LicenseSeconds, 100L * 365 * 86_400) * 1000);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
