using System.Globalization;
using System.Xml;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// A PlayReady request as far as it can be read: SOAP 1.1, <c>Body/OPERATION</c>, and in AcquireLicense <c>challenge/Challenge/LA</c> with the content header, the
/// client's version, CustomData, nonce and time. Its device certificate and level are encrypted for the licence server. Never changed on the way: it is signed.
/// </summary>
internal sealed record PlayReadyChallenge
{
    public const int MaxKeyIds = 128;
    private const string Soap11 = "http://schemas.xmlsoap.org/soap/envelope/";
    private const string Soap12 = "http://www.w3.org/2003/05/soap-envelope";
    private const string Header = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";
    private const int MaxText = 1024;

    public required PlayReadyOperation Operation { get; init; }

    /// <summary>What goes to the licence server, byte for byte.</summary>
    public required ReadOnlyMemory<byte> Soap { get; init; }

    public IReadOnlyList<KeyId> KeyIds { get; init; } = [];

    public WrmVersion? HeaderVersion { get; init; }

    /// <summary>For example <c>3.1.0.1017</c>; the client says it of itself.</summary>
    public string? ClientVersion { get; init; }

    public string? CustomData { get; init; }

    /// <summary>Seconds since 1970 by the client's clock.</summary>
    public long? ClientTime { get; init; }

    public string? Nonce { get; init; }

    /// <param name="body">SOAP, or the wrapper of browsers around it.</param>
    /// <param name="action">Header <c>SOAPAction</c> of the request; null or empty where absent.</param>
    /// <exception cref="ChallengeException">Not such a request, or not one that the hub forwards.</exception>
    public static PlayReadyChallenge Parse(ReadOnlyMemory<byte> body, string? action)
    {
        var text = PlayReadyXml.Decode(body.Span);
        if (PlayReadyMessage.Unwrap(text) is { } message)
        {
            body = message.Soap;
            action = message.Action ?? action;
            text = PlayReadyXml.Decode(body.Span);
        }

        try
        {
            using var reader = PlayReadyXml.Open(text);
            var challenge = Read(reader, body);
            if (!string.IsNullOrEmpty(action) && PlayReadyOperations.Parse(action) != challenge.Operation) throw PlayReadyXml.Malformed("The SOAPAction is not the operation in the body.");
            if (challenge.Operation == PlayReadyOperation.AcquireLicense && challenge.KeyIds.Count == 0) throw PlayReadyXml.Malformed("The content header names no key id.");
            return challenge;
        }
        catch (XmlException exception)
        {
            throw PlayReadyXml.Malformed($"The challenge is not well-formed XML (line {exception.LineNumber}, column {exception.LinePosition}).");
        }
    }

    private static PlayReadyChallenge Read(XmlReader reader, ReadOnlyMemory<byte> body)
    {
        if (reader.MoveToContent() != XmlNodeType.Element || reader.LocalName != "Envelope") throw PlayReadyXml.Malformed("The body is no SOAP envelope.");
        if (reader.NamespaceURI == Soap12) throw new ChallengeException(ReasonCodes.ChallengeUnsupported, "PlayReady speaks SOAP 1.1.");
        if (reader.NamespaceURI != Soap11) throw PlayReadyXml.Malformed("The body is no SOAP 1.1 envelope.");
        PlayReadyChallenge? challenge = null;
        var (elements, inBody, inRequest) = (0, false, false);
        var more = reader.Read();
        while (more)
        {
            if (reader.Depth > PlayReadyXml.MaxDepth) throw PlayReadyXml.Malformed("The challenge is nested too deep.");
            if (reader.NodeType != XmlNodeType.Element)
            {
                more = reader.Read();
                continue;
            }

            if (++elements > PlayReadyXml.MaxElements) throw PlayReadyXml.Malformed("The challenge has too many elements.");
            if (reader.Depth == 1)
            {
                if (inBody && reader is { LocalName: "Body", NamespaceURI: Soap11 }) throw PlayReadyXml.Malformed("The envelope has two bodies.");
                inBody |= reader is { LocalName: "Body", NamespaceURI: Soap11 };
            }
            else if (reader.Depth == 2 && inBody)
            {
                if (challenge is not null) throw PlayReadyXml.Malformed("The body has two operations.");
                challenge = new PlayReadyChallenge { Operation = OperationOf(reader), Soap = body };
            }
            else if (challenge is { Operation: PlayReadyOperation.AcquireLicense })
            {
                if (reader is { LocalName: "LA", NamespaceURI: PlayReadyOperations.Protocols })
                {
                    if (inRequest) throw PlayReadyXml.Malformed("The challenge has two licence requests.");
                    inRequest = true;
                }

                // What reads a whole element stands on the next node already.
                if (inRequest && TryReadField(reader, ref challenge)) continue;
            }

            more = reader.Read();
        }

        return challenge ?? throw PlayReadyXml.Malformed("The envelope has no operation.");
    }

    private static PlayReadyOperation OperationOf(XmlReader reader)
    {
        var operation = reader.NamespaceURI.StartsWith(PlayReadyOperations.Protocols, StringComparison.Ordinal) ? PlayReadyOperations.FromName(reader.LocalName) : null;
        return operation ?? throw new ChallengeException(ReasonCodes.ChallengeUnsupported, "The operation is none of PlayReady's.");
    }

    private static bool TryReadField(XmlReader reader, ref PlayReadyChallenge challenge)
    {
        if (reader is { LocalName: "WRMHEADER", NamespaceURI: Header })
        {
            if (challenge.HeaderVersion is not null) throw PlayReadyXml.Malformed("The challenge has two content headers.");
            challenge = WithHeader(reader.ReadOuterXml(), challenge);
            return true;
        }

        if (reader.NamespaceURI != PlayReadyOperations.Protocols) return false;
        switch (reader.LocalName)
        {
            case "CLIENTVERSION": challenge = challenge with { ClientVersion = Text(reader) }; return true;
            case "CustomData": challenge = challenge with { CustomData = Text(reader) }; return true;
            case "LicenseNonce": challenge = challenge with { Nonce = Text(reader) }; return true;
            case "ClientTime": challenge = challenge with { ClientTime = long.TryParse(Text(reader), NumberStyles.None, CultureInfo.InvariantCulture, out var time) ? time : null }; return true;
            default: return false;
        }
    }

    private static PlayReadyChallenge WithHeader(string xml, PlayReadyChallenge challenge)
    {
        try
        {
            var header = WrmHeader.Parse(xml);
            var keyIds = header.Keys.Select(key => key.KeyId).Distinct().ToArray();
            if (keyIds.Length > MaxKeyIds) throw PlayReadyXml.Malformed($"The content header has more than {MaxKeyIds} key ids.");
            return challenge with { HeaderVersion = header.Version, KeyIds = keyIds };
        }
        catch (CencFormatException exception)
        {
            throw PlayReadyXml.Malformed($"The content header cannot be read: {exception.Message}.");
        }
    }

    private static string Text(XmlReader reader)
    {
        var text = reader.ReadElementContentAsString().Trim();
        return text.Length > MaxText ? text[..MaxText] : text;
    }
}
