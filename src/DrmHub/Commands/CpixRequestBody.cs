using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Speke;

namespace DrmHub.Host.Commands;

/// <summary>The document that <c>drmhub cpix request</c> sends.</summary>
internal sealed record CpixRequestBody
{
    private static readonly XNamespace Cpix = "urn:dashif:org:cpix";
    private static readonly XNamespace Speke = "urn:aws:amazon:com:speke";

    public required string Protocol { get; init; }

    public required string ContentId { get; init; }

    public string? Tracks { get; init; }

    public required string Systems { get; init; }

    public required string Scheme { get; init; }

    public uint? Period { get; init; }

    public string? RecipientFile { get; init; }

    /// <summary>The value of <c>X-Speke-Version</c>; null where it is not sent.</summary>
    public string? SpekeVersion => Protocol switch { "speke-2.0" => "2.0", "speke-2.1" => "2.1", _ => null };

    /// <summary>Null for a GET, which has no body.</summary>
    /// <exception cref="ArgumentException">A value is not one of those that are known.</exception>
    public byte[]? ToBytes()
    {
        if (Protocol == "cpix-get") return null;
        using var certificate = RecipientFile is null ? null : CpixCommand.LoadCertificate(RecipientFile);
        if (Protocol == "speke-1")
        {
            var document = ToV1();
            if (certificate is not null) document.AddRecipient(certificate);
            return document.Save();
        }

        if (!ProtectionSchemes.TryParse(Scheme, out var scheme)) throw new ArgumentException("--scheme is one of cenc, cens, cbc1, cbcs.");
        return new SpekeRequest
        {
            ContentId = ContentId,
            Version = Protocol == "speke-2.1" ? KeyService.Speke.SpekeVersion.V21 : KeyService.Speke.SpekeVersion.V20,
            Scheme = scheme.ToFourCC(),
            Keys = ReadTracks(),
            Systems = [.. ReadSystems()],
            PeriodIndex = Period,
            Recipient = certificate,
        }.ToDocument().Save();
    }

    /// <summary>SPEKE v1 has no track types, one key and elements of its own.</summary>
    private CpixDocument ToV1()
    {
        var kid = ReadTracks()[0].Kid;
        var systems = ReadSystems().Select(id => new XElement(Cpix + "DRMSystem", new XAttribute("kid", kid), new XAttribute("systemId", id), Wanted(id)));
        var root = new XElement(
            Cpix + "CPIX",
            new XAttribute(XNamespace.Xmlns + "cpix", Cpix),
            new XAttribute(XNamespace.Xmlns + "speke", Speke),
            new XAttribute("id", ContentId),
            new XElement(Cpix + "ContentKeyList", new XElement(Cpix + "ContentKey", new XAttribute("kid", kid))),
            new XElement(Cpix + "DRMSystemList", systems));
        return CpixDocument.Load(Encoding.UTF8.GetBytes(root.ToString(SaveOptions.DisableFormatting)));
    }

    private static IEnumerable<XElement> Wanted(Guid system)
    {
        XName[] names = DrmSystemIds.ToSystem(system) switch
        {
            DrmSystem.FairPlay or DrmSystem.Aes128 => [Cpix + "URIExtXKey", Speke + "KeyFormat", Speke + "KeyFormatVersions"],
            DrmSystem.PlayReady => [Cpix + "ContentProtectionData", Cpix + "PSSH", Speke + "ProtectionHeader"],
            _ => [Cpix + "ContentProtectionData", Cpix + "PSSH"],
        };
        return names.Select(name => new XElement(name));
    }

    private List<(string TrackType, KeyId Kid)> ReadTracks() =>
    [
        .. (Tracks ?? "STEREO_AUDIO,SD,HD").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text =>
        {
            var parts = text.Split('=', 2);
            if (parts.Length == 1) return (text, new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size)));
            return KeyId.TryParse(parts[1], out var kid) ? (parts[0], kid) : throw new ArgumentException($"{parts[1]} is no key id: 32 hex digits, with or without hyphens.");
        }),
    ];

    private IEnumerable<Guid> ReadSystems() => Systems.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => name.ToUpperInvariant() switch
    {
        "WIDEVINE" => DrmSystemIds.Widevine,
        "PLAYREADY" => DrmSystemIds.PlayReady,
        "FAIRPLAY" => DrmSystemIds.FairPlay,
        "CLEARKEY" => DrmSystemIds.Common,
        "AES128" => DrmSystemIds.Aes128,
        _ => Guid.TryParse(name, out var id) ? id : throw new ArgumentException($"{name} is no DRM system: widevine, playready, fairplay, clearkey, aes128 or a system id."),
    });
}
