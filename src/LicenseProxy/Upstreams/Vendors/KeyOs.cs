using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>BuyDRM KeyOS: the operator's RSA key, and the id under which KeyOS knows its public half.</summary>
internal sealed record KeyOsOptions(RSA? PrivateKey, string PublicKeyId)
{
    public static KeyOsOptions Read(UpstreamSection section) => new(section.RsaSecret("PrivateKey"), section.Required("PublicKeyId"));
}

/// <summary>
/// Header <c>x-keyos-authorization</c> (PlayReady: <c>customdata</c>): base64 of KeyOSAuthenticationXML. The signature is RSA with SHA-1, as the service
/// prescribes, over the characters of <c>Data</c> as they stand. Keys stay at KeyOS and are named by id; only granted ones are named.
/// </summary>
internal static class KeyOsToken
{
    private const int IdSize = 16;

    public static string Create(KeyOsOptions options, LicenseGrant? grant, DateTimeOffset now)
    {
        var data = Data(options, grant, now);
        // RSA of the framework may be used by many callers at once for signing.
        var signature = options.PrivateKey!.SignData(Encoding.UTF8.GetBytes(data), HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);
        // Both parts come from writers; put together as they are, because what was signed must stand there to the character.
        var xml = string.Concat("<?xml version=\"1.0\" encoding=\"UTF-8\"?><KeyOSAuthenticationXML>", data, "<Signature>", Convert.ToBase64String(signature), "</Signature></KeyOSAuthenticationXML>");
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(xml));
    }

    private static string Data(KeyOsOptions options, LicenseGrant? grant, DateTimeOffset now)
    {
        var text = new StringBuilder(1024);
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, ConformanceLevel = ConformanceLevel.Fragment }))
        {
            xml.WriteStartElement("Data");
            if (grant is not null) WriteRights(xml, grant);
            xml.WriteElementString("Username", VendorTerms.User(grant));
            xml.WriteElementString("GenerationTime", Time(now));
            xml.WriteElementString("ExpirationTime", Time(now + VendorWire.TokenLifetime));
            xml.WriteElementString("UniqueId", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdSize)));
            xml.WriteElementString("RSAPubKeyId", options.PublicKeyId);
            xml.WriteEndElement();
        }

        return text.ToString();
    }

    private static void WriteRights(XmlWriter xml, LicenseGrant grant)
    {
        var terms = LicenseTerms.Of(grant);
        xml.WriteStartElement("WidevinePolicy");
        xml.WriteAttributeString("fl_CanPlay", "true");
        xml.WriteAttributeString("fl_CanPersist", terms.Persistent ? "true" : "false");
        xml.WriteElementString("LicenseDuration", Number(terms.LicenseSeconds));
        if (terms.PlaybackSeconds is { } playback) xml.WriteElementString("PlaybackDuration", Number(playback));
        if (terms.RentalSeconds is { } rental) xml.WriteElementString("RentalDuration", Number(rental));
        xml.WriteEndElement();
        var tracks = VendorTerms.Keys(grant).GroupBy(item => item.Terms.TrackName).ToList();
        foreach (var track in tracks)
        {
            xml.WriteStartElement("WidevineContentKeySpec");
            xml.WriteAttributeString("TrackType", track.Key);
            xml.WriteElementString("SecurityLevel", Number(track.Max(item => VendorTerms.WidevineLevel(item.Terms.MinimumLevel))));
            xml.WriteElementString("RequiredHDCP", VendorTerms.WidevineHdcp(track.Max(item => item.Terms.Hdcp)));
            xml.WriteEndElement();
        }

        var hdcp = tracks.Max(track => track.Max(item => item.Terms.Hdcp));
        xml.WriteStartElement("FairPlayPolicy");
        xml.WriteAttributeString("persistent", terms.Persistent ? "true" : "false");
        xml.WriteElementString("HDCPEnforcement", hdcp switch
        {
            HdcpVersion.None => "HDCP_NONE",
            < HdcpVersion.V2_2 => "HDCP_TYPE_0",
            _ => "HDCP_TYPE_1",
        });
        xml.WriteEndElement();
        foreach (var (key, each) in VendorTerms.Keys(grant))
        {
            xml.WriteStartElement("License");
            xml.WriteAttributeString("type", "simple");
            xml.WriteElementString("KeyId", key.KeyId.ToString());
            xml.WriteStartElement("Policy");
            xml.WriteElementString("Id", key.KeyId.ToString());
            xml.WriteEndElement();
            xml.WriteEndElement();
            xml.WriteStartElement("Policy");
            xml.WriteAttributeString("id", key.KeyId.ToString());
            xml.WriteElementString("MinimumSecurityLevel", Number(VendorTerms.PlayReadyLevel(each.MinimumLevel)));
            xml.WriteEndElement();
        }

        xml.WriteStartElement("KeyIDList");
        foreach (var key in grant.Keys) xml.WriteElementString("KeyID", key.KeyId.ToString());
        xml.WriteEndElement();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
