using System.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Cenc.Signalling;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.Speke;

/// <summary>How each system signals a key: the data that goes into CPIX answers.</summary>
/// <param name="PublicUrl">Where players reach the hub, without a slash at the end: AES-128 keys are fetched from there.</param>
/// <param name="PlayReadyLicenseUrl">LA_URL in PlayReady headers; null leaves it out.</param>
internal sealed record SpekeSignalling(string PublicUrl, string? PlayReadyLicenseUrl)
{
    /// <param name="scheme">Null in SPEKE v1, which does not say.</param>
    public SpekeSignals For(DrmSystem system, VaultKey key, ProtectionScheme? scheme) => system switch
    {
        DrmSystem.Widevine => Widevine(key, scheme),
        DrmSystem.PlayReady => PlayReady(key, scheme),
        DrmSystem.FairPlay => FairPlay(key),
        DrmSystem.ClearKey => ClearKey(key, scheme),
        _ => Aes128(key),
    };

    private static SpekeSignals Widevine(VaultKey key, ProtectionScheme? scheme)
    {
        var pssh = PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [key.KeyId], ContentId = Encoding.UTF8.GetBytes(key.ContentId), Scheme = scheme });
        return new SpekeSignals
        {
            Pssh = pssh.ToByteArray(),
            ContentProtectionData = ContentProtection.ForWidevine(pssh).ToContentUtf8(),
            HlsAttributes = Hls(scheme, supported => HlsKeyTag.ForWidevine(supported, key.KeyId, pssh)),
        };
    }

    private SpekeSignals PlayReady(VaultKey key, ProtectionScheme? scheme)
    {
        var header = WrmHeader.Create([WrmKey.ForScheme(key.KeyId, scheme ?? ProtectionScheme.Cenc, key.Key)], PlayReadyLicenseUrl);
        var playReady = PlayReadyObject.Create(header);
        return new SpekeSignals
        {
            Pssh = playReady.ToPsshBox().ToByteArray(),
            ContentProtectionData = ContentProtection.ForPlayReady(playReady).ToContentUtf8(),
            HlsAttributes = Hls(scheme, supported => HlsKeyTag.ForPlayReady(supported, playReady)),
            PlayReadyObject = playReady.ToByteArray(),
        };
    }

    /// <summary>No DASH signalling and no pssh: the asset id in the key URI is the key id.</summary>
    private static SpekeSignals FairPlay(VaultKey key)
    {
        var uri = $"skd://{key.KeyId}";
        return new SpekeSignals { HlsAttributes = HlsKeyTag.ForFairPlay(uri).ToAttributes(), KeyUri = uri, KeyFormat = "com.apple.streamingkeydelivery", KeyFormatVersions = "1" };
    }

    private SpekeSignals ClearKey(VaultKey key, ProtectionScheme? scheme)
    {
        var pssh = PsshBox.ForCommon([key.KeyId]);
        return new SpekeSignals
        {
            Pssh = pssh.ToByteArray(),
            ContentProtectionData = ContentProtection.ForClearKey(key.KeyId, $"{PublicUrl}/license/clearkey").ToContentUtf8(),
            HlsAttributes = Hls(scheme, supported => HlsKeyTag.ForClearKey(supported, key.KeyId)),
        };
    }

    private SpekeSignals Aes128(VaultKey key)
    {
        var uri = $"{PublicUrl}/key/{key.KeyId}";
        return new SpekeSignals { HlsAttributes = HlsKeyTag.ForAes128(uri).ToAttributes(), KeyUri = uri, KeyFormat = "identity", KeyFormatVersions = "1" };
    }

    /// <summary>HLS knows cenc and cbcs alone; v1 has no HLSSignalingData.</summary>
    private static string? Hls(ProtectionScheme? scheme, Func<ProtectionScheme, HlsKeyTag> tag) =>
        scheme is { } known && HlsKeyTag.Supports(known) ? tag(known).ToAttributes() : null;
}
