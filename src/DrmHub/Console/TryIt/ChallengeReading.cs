using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.Host.Commands;
using DrmHub.Host.Pages.Words;
using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Systems;

namespace DrmHub.Host.Pages.TryIt;

/// <summary>
/// What a licence challenge says in the open: Clear Key's JSON, PlayReady's SOAP envelope, a Widevine SignedMessage, the outside of a FairPlay SPC. The rest of a
/// challenge is for its licence service alone.
/// </summary>
internal static class ChallengeReading
{
    private static readonly XmlReaderSettings s_xml = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = Decoding.MaxLength };

    /// <returns>Null where the text is no challenge that can be told by its form.</returns>
    /// <exception cref="ChallengeException">It is one, and cannot be read.</exception>
    public static Decoded? TryRead(string text, Reader reader, ReadOnlyMemory<byte>? certificate)
    {
        if (FairPlayOutline.TryReadRequest(text) is { } spcs) return FairPlay(spcs, certificate);
        if (text.StartsWith('{')) return ClearKey(text);
        if (text.StartsWith('<') && text.Contains("AcquireLicense", StringComparison.Ordinal)) return PlayReady(text);
        foreach (var bytes in PsshInput.Decodings(string.Concat(text.Where(c => !char.IsWhiteSpace(c)))))
        {
            if (WidevineOutline.TryRead(bytes) is { } widevine) return Widevine(widevine, reader);
            if (FairPlayOutline.TryRead(bytes) is { } spc) return FairPlay([spc], certificate);
        }

        return null;
    }

    private static Decoded Widevine(WidevineOutline challenge, Reader reader)
    {
        var asked = new List<(string, string)> { ("Kind", challenge.Kind) };
        var named = challenge.OfEntitlements ? "Entitlement key" : "Key id";
        foreach (var (number, keyId) in challenge.KeyIds.Index()) asked.Add((string.Create(CultureInfo.InvariantCulture, $"{named} {number + 1}"), keyId.ToString()));
        Add(asked, "Content id", challenge.ContentId);
        if (challenge.KeyIds.Count > 0 || challenge.ContentId is not null) asked.Add(("For", challenge.IsOffline ? "keeping offline" : "streaming"));
        Add(asked, "Request id", challenge.RequestId);
        if (challenge.RequestTime is > 0 and < 253_402_300_799) asked.Add(("Time, by the device’s clock", reader.Full(DateTimeOffset.FromUnixTimeSeconds((long)challenge.RequestTime))));
        if (challenge.ProtocolVersion > 0) asked.Add(("Protocol version", challenge.ProtocolVersion.ToString(CultureInfo.InvariantCulture)));
        var device = new List<(string, string)>();
        Add(device, "Company", challenge.CompanyName);
        Add(device, "Model", challenge.ModelName);
        Add(device, "Device", challenge.DeviceName);
        Add(device, "Architecture", challenge.Architecture);
        Add(device, "App", challenge.PackageName);
        Add(device, "HDCP at most", challenge.MaxHdcp switch { null => null, 0 => "none", 1 => "1", 2 => "2", 3 => "2.1", 4 => "2.2", 5 => "2.3", 255 => "no digital output", _ => "unknown" });
        Add(device, "Widevine system id", challenge.SystemId?.ToString(CultureInfo.InvariantCulture));
        Add(device, "Certificate serial number", challenge.CertificateSerial);
        if (challenge.IsPrivate) device.Add(("Client id", $"encrypted for {(challenge.ServiceProvider is { Length: > 0 } provider ? provider : "the licence service")}, as browsers do: only it can read which device asks"));
        return new Decoded("A Widevine challenge", device.Count == 0 ? [new DecodedPart("Asks for", asked)] : [new DecodedPart("Asks for", asked), new DecodedPart("What the device says of itself, unproven", device)]);
    }

    private static Decoded FairPlay(IReadOnlyList<FairPlayOutline> spcs, ReadOnlyMemory<byte>? certificate)
    {
        var parts = new List<DecodedPart>();
        foreach (var spc in spcs)
        {
            var facts = new List<(string, string)> { ("Version", spc.Version.ToString(CultureInfo.InvariantCulture)) };
            Add(facts, "Asset, as the request names it", spc.AssetUri);
            facts.Add((spc.Version == 3 ? "Certificate, its SHA-256" : "Certificate, its SHA-1", Convert.ToHexStringLower(spc.CertificateHash.Span)));
            if (certificate is { } own) facts.Add(("That is", IsOf(spc, own.Span) ? "the certificate that this hub publishes" : "another one than this hub publishes, unless it publishes a bundle of several"));
            facts.Add(("Session key", $"{spc.WrappedKeyBytes} bytes, encrypted under the certificate’s key"));
            facts.Add(("Payload", $"{Numbers.Count(spc.PayloadBytes)} bytes, encrypted: device, level, content and what is asked for are inside{(spc.IsAuthenticated ? ", under a code that covers all of it" : "")}"));
            parts.Add(new DecodedPart("In the open", facts));
        }

        return new Decoded("A FairPlay challenge (SPC)", parts);
    }

    /// <summary>The hash names a certificate in DER; SHA-1 because FairPlay's first versions do.</summary>
    private static bool IsOf(FairPlayOutline spc, ReadOnlySpan<byte> certificate) =>
        spc.CertificateHash.Span.SequenceEqual(spc.Version == 3 ? SHA256.HashData(certificate) : SHA1.HashData(certificate));

    private static void Add(List<(string, string)> facts, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) facts.Add((name, value));
    }

    private static Decoded? ClearKey(string text)
    {
        using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
        if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("kids", out var kids) || kids.ValueKind != JsonValueKind.Array) return null;
        var type = json.RootElement.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "temporary";
        var facts = new List<(string, string)> { ("Session", type) };
        var number = 0;
        foreach (var kid in kids.EnumerateArray().Take(128))
        {
            var bytes = kid.ValueKind == JsonValueKind.String && Base64Url.IsValid(kid.GetString()) ? Base64Url.DecodeFromChars(kid.GetString()) : [];
            facts.Add((string.Create(CultureInfo.InvariantCulture, $"Key id {++number}"), bytes.Length == KeyId.Size ? new KeyId(bytes).ToString() : "not 16 bytes in base64url"));
        }

        return new Decoded("A Clear Key challenge", [new DecodedPart("Asks for", facts)]);
    }

    private static Decoded PlayReady(string text)
    {
        XDocument document;
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), s_xml);
            document = XDocument.Load(reader);
        }
        catch (XmlException exception)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"The XML is broken on line {exception.LineNumber}."));
        }

        var facts = new List<(string, string)>();
        foreach (var name in (string[])["CLIENTVERSION", "LicenseNonce", "ClientTime", "Version"])
            if (document.Descendants().FirstOrDefault(element => element.Name.LocalName == name) is { HasElements: false } found) facts.Add((name, found.Value.Length > 200 ? found.Value[..200] : found.Value));
        var header = document.Descendants().FirstOrDefault(element => element.Name.LocalName == "WRMHEADER");
        if (header is not null)
        {
            facts.Add(("Header", header.Attribute("version")?.Value ?? "without a version"));
            foreach (var kid in header.Descendants().Where(element => element.Name.LocalName == "KID").Take(32))
                if ((kid.Attribute("VALUE")?.Value ?? kid.Value) is { Length: > 0 and < 64 } value) facts.Add(("Key id, as PlayReady orders it", value));
        }

        return new Decoded("A PlayReady challenge", [new DecodedPart("In the open", facts, header?.ToString())]);
    }
}
