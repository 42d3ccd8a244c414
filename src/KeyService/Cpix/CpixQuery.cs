using DrmHub.Cenc;
using DrmHub.KeyService.Speke;
using DrmHub.Vault.Keys;
using Microsoft.AspNetCore.Http;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// <c>GET /cpix/{contentId}?scheme=cbcs&amp;tracks=AUDIO,SD,HD&amp;systems=widevine,playready,fairplay,clearkey&amp;period=7</c>: all optional.
/// </summary>
internal sealed record CpixQuery(ProtectionScheme Scheme, IReadOnlyList<TrackType> Tracks, IReadOnlyList<Guid> Systems, long? Period)
{
    /// <exception cref="CpixException"><c>cpix.query</c>: which value is wrong, and what it may be.</exception>
    public static CpixQuery Parse(IQueryCollection query)
    {
        if (!ProtectionSchemes.TryParse(One(query, "scheme") ?? "cenc", out var scheme)) throw Refuse("scheme is one of cenc, cbc1, cens, cbcs.");
        var tracks = Many(query, "tracks", ["AUDIO", "SD", "HD"]).Select(name => TrackTypes.TryParse(name, out var track) ? track : throw Refuse("tracks are AUDIO, SD, HD, UHD1, UHD2, separated by commas.")).Distinct().ToList();
        var systems = Many(query, "systems", scheme == ProtectionScheme.Cbcs ? ["widevine", "playready", "fairplay"] : ["widevine", "playready"]).Select(SystemOf).Distinct().ToList();
        long? period = null;
        if (One(query, "period") is { } text)
            period = uint.TryParse(text, out var index) ? index : throw Refuse("period is a whole number from 0 to 4294967295.");
        return new CpixQuery(scheme, tracks, systems, period);
    }

    public IReadOnlyList<KeySpec> ToSpecs() =>
    [
        .. Tracks.Select(track => new KeySpec
        {
            Track = track.ToName(),
            Scheme = Scheme,
            CryptoPeriod = Period,
            MinPixels = track.PixelRange()?.Min,
            MaxPixels = track.PixelRange()?.Max,
        }),
    ];

    /// <summary>A document that asks for these keys of these systems, ready to be filled.</summary>
    public CpixDocument ToDocument(string contentId, IReadOnlyList<VaultKey> keys) =>
        new SpekeRequest
        {
            ContentId = contentId,
            Scheme = Scheme.ToFourCC(),
            Keys = [.. keys.Select(key => (key.Track, key.KeyId))],
            Systems = Systems,
            PeriodIndex = Period,
        }.ToDocument();

    private static Guid SystemOf(string name) => name.ToUpperInvariant() switch
    {
        "WIDEVINE" => DrmSystemIds.Widevine,
        "PLAYREADY" => DrmSystemIds.PlayReady,
        "FAIRPLAY" => DrmSystemIds.FairPlay,
        "CLEARKEY" => DrmSystemIds.Common,
        _ => throw Refuse("systems are widevine, playready, fairplay, clearkey, separated by commas."),
    };

    private static string? One(IQueryCollection query, string name) => query[name] is { Count: > 0 } values && !string.IsNullOrEmpty(values[0]) ? values[0] : null;

    private static string[] Many(IQueryCollection query, string name, string[] otherwise) =>
        One(query, name)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } names ? names : otherwise;

    private static CpixException Refuse(string message) => new("cpix.query", message);
}
