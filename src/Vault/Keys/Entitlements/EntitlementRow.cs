using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Entitlements;

/// <summary>An entitlement key as it is stored and cached: named in the clear, sealed as <see cref="EntitlementEnvelope"/> says.</summary>
internal sealed record EntitlementRow(KeyId KeyId, string ContentId, string Track, Guid DataKeyId, byte[] Sealed, DateTimeOffset CreatedAt)
{
    /// <summary>The label says what it protects, as with a content key of that label; what follows an underscore (<c>HD_HDR</c>) changes nothing of that.</summary>
    public VaultKeyInfo Describe()
    {
        var range = TrackTypes.TryParse(Track.Split('_')[0], out var track) ? track.PixelRange() : null;
        return new VaultKeyInfo
        {
            ContentId = ContentId,
            KeyId = KeyId,
            Track = Track,
            Scheme = ProtectionScheme.Cenc,
            IsEntitlement = true,
            MinPixels = range?.Min,
            MaxPixels = range?.Max,
            CreatedAt = CreatedAt,
        };
    }
}
