using System.Globalization;
using System.Text;
using DrmHub.Cenc;

namespace DrmHub.LicenseProxy.Tests.Systems;

/// <summary>PlayReady messages as Microsoft's documents show them.</summary>
internal static class PlayReadyWire
{
    public const string Protocols = "http://schemas.microsoft.com/DRM/2007/03/protocols";

    public static string Kid(KeyId keyId) => Convert.ToBase64String(keyId.ToPlayReadyBytes());

    public static string Header(string version, params KeyId[] keyIds) => version switch
    {
        "4.0.0.0" => Wrap(version, $"<PROTECTINFO><KEYLEN>16</KEYLEN><ALGID>AESCTR</ALGID></PROTECTINFO><KID>{Kid(keyIds[0])}</KID>"),
        "4.1.0.0" => Wrap(version, $"<PROTECTINFO><KID ALGID=\"AESCTR\" VALUE=\"{Kid(keyIds[0])}\"></KID></PROTECTINFO>"),
        "4.2.0.0" => Wrap(version, $"<PROTECTINFO><KIDS>{string.Concat(keyIds.Select(keyId => $"<KID ALGID=\"AESCTR\" VALUE=\"{Kid(keyId)}\"></KID>"))}</KIDS></PROTECTINFO>"),
        _ => Wrap(version, $"<PROTECTINFO LICENSEREQUESTED=\"true\"><KIDS>{string.Concat(keyIds.Select(keyId => $"<KID ALGID=\"AESCBC\" VALUE=\"{Kid(keyId)}\"></KID>"))}</KIDS></PROTECTINFO>"),
    };

    /// <summary>A challenge with everything that a client puts there; what only the server can read is made up.</summary>
    public static string Challenge(string header) => $"""
        <?xml version="1.0" encoding="utf-8"?>
        <soap:Envelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><AcquireLicense xmlns="{Protocols}"><challenge><Challenge xmlns="{Protocols}/messages"><LA xmlns="{Protocols}" Id="SignedData" xml:space="preserve"><Version>1</Version><ContentHeader>{header}</ContentHeader><CLIENTINFO><CLIENTVERSION>10.0.16384.10011</CLIENTVERSION></CLIENTINFO><RevocationLists><RevListInfo><ListID>ioydTlK2p0WXkWklprR5Hw==</ListID><Version>13</Version></RevListInfo></RevocationLists><CustomData>User=Roland</CustomData><LicenseNonce>7GYVLC7wvGVR0nqGYXs4DQ==</LicenseNonce><ClientTime>1446224160</ClientTime><EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><CipherData><CipherValue>uLdvYtc5oRk/MD0Dy72ZKA==</CipherValue></CipherData></EncryptedData></LA><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue>Av2+yCEBdJD9+euMzGzuPQ==</SignatureValue></Signature></Challenge></challenge></AcquireLicense></soap:Body></soap:Envelope>
        """;

    public static string Operation(string name) =>
        $"""<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><{name} xmlns="{Protocols}"><challenge><Challenge xmlns="{Protocols}/messages"/></challenge></{name}></soap:Body></soap:Envelope>""";

    public static string Answer(string operation) => operation == "AcquireLicense"
        ? $"""<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><AcquireLicenseResponse xmlns="{Protocols}"><AcquireLicenseResult><Response xmlns="{Protocols}/messages"><LicenseResponse xmlns="{Protocols}" Id="SignedData"><Version>1</Version><Licenses><License>WE1SAAAAAANryQ==</License></Licenses><LicenseNonce>7GYVLC7wvGVR0nqGYXs4DQ==</LicenseNonce></LicenseResponse></Response></AcquireLicenseResult></AcquireLicenseResponse></soap:Body></soap:Envelope>"""
        : $"""<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><{operation}Response xmlns="{Protocols}"/></soap:Body></soap:Envelope>""";

    public static string Fault(uint code) =>
        string.Create(CultureInfo.InvariantCulture, $"""<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>no</faultstring><faultactor>x</faultactor><detail><Exception><StatusCode>0x{code:X8}</StatusCode></Exception></detail></soap:Fault></soap:Body></soap:Envelope>""");

    /// <summary>What a browser hands out: UTF-16, the challenge in base64, the headers beside it.</summary>
    public static byte[] KeyMessage(string soap, string action = Protocols + "/AcquireLicense") => Encoding.Unicode.GetBytes($"""
        <PlayReadyKeyMessage type="LicenseAcquisition"><LicenseAcquisition Version="1"><Challenge encoding="base64encoded">{Convert.ToBase64String(Encoding.UTF8.GetBytes(soap))}</Challenge><HttpHeaders><HttpHeader><name>Content-Type</name><value>text/xml; charset=utf-8</value></HttpHeader><HttpHeader><name>SOAPAction</name><value>{action}</value></HttpHeader></HttpHeaders></LicenseAcquisition></PlayReadyKeyMessage>
        """);

    private static string Wrap(string version, string data) => $"<WRMHEADER xmlns=\"http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader\" version=\"{version}\"><DATA>{data}</DATA></WRMHEADER>";
}
