using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Cenc.Signalling;

namespace DrmHub.Music.Packaging;

/// <summary>How a rendition's key is announced to each DRM system.</summary>
internal static class KeySignals
{
    public static IReadOnlyList<HlsKeyTag> ForHls(PackagedRendition rendition)
    {
        if (rendition is not { KeyId: { } keyId, Scheme: { } scheme } || !HlsKeyTag.Supports(scheme)) return [];
        var tags = new List<HlsKeyTag>();
        if (scheme == ProtectionScheme.Cbcs) tags.Add(HlsKeyTag.ForFairPlay("skd://" + keyId.ToHex()));
        tags.Add(HlsKeyTag.ForWidevine(scheme, keyId, Widevine(keyId, scheme)));
        tags.Add(HlsKeyTag.ForPlayReady(scheme, PlayReady(keyId, scheme)));
        tags.Add(HlsKeyTag.ForClearKey(scheme, keyId));
        return tags;
    }

    /// <param name="licenseUrl">Absolute, for Clear Key; the others' players know theirs.</param>
    public static IReadOnlyList<ContentProtection> ForDash(PackagedRendition rendition, string licenseUrl)
    {
        if (rendition is not { KeyId: { } keyId, Scheme: { } scheme }) return [];
        return
        [
            ContentProtection.ForScheme(scheme, keyId),
            ContentProtection.ForWidevine(Widevine(keyId, scheme)),
            ContentProtection.ForPlayReady(PlayReady(keyId, scheme)),
            ContentProtection.ForClearKey(keyId, licenseUrl),
        ];
    }

    private static PsshBox Widevine(KeyId keyId, ProtectionScheme scheme) => PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [keyId], Scheme = scheme });

    private static PlayReadyObject PlayReady(KeyId keyId, ProtectionScheme scheme) => PlayReadyObject.Create(WrmHeader.Create([WrmKey.ForScheme(keyId, scheme)]));
}
