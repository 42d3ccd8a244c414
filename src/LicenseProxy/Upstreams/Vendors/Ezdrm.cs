using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>EZDRM: the profile's <c>pX</c>, and a secret that signs what its authorization call brings back to the operator.</summary>
internal sealed record EzdrmOptions(string ProfileId, byte[] CustomDataKey)
{
    private const int MinKey = 16;

    public static EzdrmOptions Read(UpstreamSection section)
    {
        var key = Encoding.UTF8.GetBytes(section.Secret("CustomDataKey") ?? "");
        if (key.Length is > 0 and < MinKey) section.Problem("CustomDataKey", $"has at least {MinKey} characters");
        return new EzdrmOptions(section.Required("ProfileId"), key);
    }
}

/// <summary>
/// Query <c>pX</c> and <c>CustomData</c>. EZDRM hands CustomData to the authorization address that the operator configured with them: it is a JWT (HS256) of
/// ours with the title, the granted key ids and the durations, so that the operator's endpoint answers without asking again. Keys and output policy stay at EZDRM,
/// and the decision counts every device as the lowest.
/// </summary>
internal static class EzdrmToken
{
    private const int IdSize = 16;

    public static Uri AddTo(Uri url, EzdrmOptions options, LicenseGrant? grant, DateTimeOffset now)
    {
        var builder = new UriBuilder(url);
        var query = $"pX={Uri.EscapeDataString(options.ProfileId)}&CustomData={Uri.EscapeDataString(Create(options, grant, now))}";
        builder.Query = builder.Query.Length > 1 ? $"{builder.Query[1..]}&{query}" : query;
        return builder.Uri;
    }

    private static string Create(EzdrmOptions options, LicenseGrant? grant, DateTimeOffset now) => CompactJwt.Create(HashAlgorithmName.SHA256, options.CustomDataKey, null, json =>
    {
        json.WriteString("iss", "drmhub");
        json.WriteString("sub", VendorTerms.User(grant));
        json.WriteNumber("iat", now.ToUnixTimeSeconds());
        json.WriteNumber("exp", (now + VendorWire.TokenLifetime).ToUnixTimeSeconds());
        json.WriteString("jti", Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdSize)));
        if (grant is null) return;
        var terms = LicenseTerms.Of(grant);
        json.WriteString("content", grant.ContentId);
        json.WriteStartArray("kids");
        foreach (var key in grant.Keys) json.WriteStringValue(key.KeyId.ToString());
        json.WriteEndArray();
        json.WriteNumber("license_seconds", terms.LicenseSeconds);
        if (terms.PlaybackSeconds is { } playback) json.WriteNumber("playback_seconds", playback);
        json.WriteBoolean("persistent", terms.Persistent);
    });
}
