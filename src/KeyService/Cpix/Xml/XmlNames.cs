namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>The namespaces and algorithm names of CPIX, PSKC (RFC 6030), XML encryption and XML signatures.</summary>
internal static class XmlNames
{
    public const string Cpix = "urn:dashif:org:cpix";
    public const string Pskc = "urn:ietf:params:xml:ns:keyprov:pskc";
    public const string Xenc = "http://www.w3.org/2001/04/xmlenc#";
    public const string Dsig = "http://www.w3.org/2000/09/xmldsig#";
    public const string Xmlns = "http://www.w3.org/2000/xmlns/";
    public const string Xml = "http://www.w3.org/XML/1998/namespace";

    public const string Aes256Cbc = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
    public const string RsaOaepMgf1p = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    public const string HmacSha512 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512";

    public const string C14N10 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    public const string C14N11 = "http://www.w3.org/2006/12/xml-c14n11";
    public const string Enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    public const string RsaSha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    public const string RsaSha384 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
    public const string RsaSha512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
    public const string Sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    public const string Sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    public const string Sha384 = "http://www.w3.org/2001/04/xmldsig-more#sha384";
    public const string Sha512 = "http://www.w3.org/2001/04/xmlenc#sha512";

    /// <summary>The prefix that readers in the field expect for a namespace.</summary>
    public static string PreferredPrefix(string namespaceUri) => namespaceUri switch
    {
        Cpix => "cpix",
        Pskc => "pskc",
        Xenc => "enc",
        Dsig => "ds",
        "urn:aws:amazon:com:speke" => "speke",
        _ => "ext",
    };
}
