using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Sandbox.Devices;

namespace DrmHub.Host.Commands;

/// <summary>What <c>drmhub sandbox device</c> was told to do.</summary>
internal sealed record DeviceErrand
{
    public required string Kind { get; init; }

    public required string Url { get; init; }

    public string? Token { get; init; }

    public required IReadOnlyList<string> KeyIds { get; init; }

    public string? From { get; init; }

    public string? ContentId { get; init; }

    public required string Scheme { get; init; }

    public bool Offline { get; init; }

    public bool Privacy { get; init; }

    public HdcpVersion Hdcp { get; init; }

    public required string Name { get; init; }

    public LicenseKind? Then { get; init; }

    /// <exception cref="ArgumentException">An address or a key id that is none, or nothing to ask for.</exception>
    /// <exception cref="CencFormatException">No key ids can be read from <see cref="From"/>.</exception>
    public (Uri Url, LicenseWish Wish) Prepare(CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) throw new ArgumentException("--url starts with http:// or https://.");
        var keyIds = KeyIds.Select(text => KeyId.TryParse(text, out var keyId) ? keyId : throw new ArgumentException("--kid is 32 hex digits, with or without the hyphens of a GUID.")).ToList();
        byte[] initData = [];
        if (From is not null)
        {
            var found = PsshInput.Read(From, cancellationToken).ToList();
            keyIds.AddRange(found.SelectMany(PsshKeyIds.Of));
            initData = EntitledBoxes(found);
        }

        if (keyIds.Count == 0 && ContentId is null) throw new ArgumentException("Nothing to ask for: give --kid, --from or --content-id.");
        _ = ProtectionSchemes.TryParse(Scheme, out var scheme);
        return (url, new LicenseWish { KeyIds = [.. keyIds.Distinct()], InitData = initData, ContentId = ContentId, Scheme = scheme, Offline = Offline });
    }

    /// <summary>Media whose keys travel in it is asked for by its boxes, from which a Widevine device chooses; a key alone would not say how it is to be had.</summary>
    private static byte[] EntitledBoxes(List<PsshFinding> found)
    {
        var boxes = found.Select(finding => finding.Box).OfType<PsshBox>().Where(box => box.SystemId == DrmSystemIds.Widevine).ToList();
        return boxes.Exists(box => WidevinePsshData.TryParse(box.Data.Span, out var data) && data.EntitledKeys.Count > 0) ? [.. boxes.SelectMany(box => box.ToByteArray())] : [];
    }
}
