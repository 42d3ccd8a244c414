using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.Sandbox.Wire;

namespace DrmHub.Sandbox.Devices.Widevine;

/// <summary>An entitlement key as it came in a licence, with the rules that every content key under it is used by.</summary>
internal sealed record WidevineEntitlement(KeyId Id, byte[] Key, string Level, bool LevelMet, HdcpVersion Hdcp)
{
    public const int KeySize = 32;

    /// <summary>Opens what the media carries under these keys. A key under an entitlement that is not there stays closed.</summary>
    public static List<OpenedKey> Open(IReadOnlyList<WidevineEntitlement> entitlements, IEnumerable<WidevinePssh> psshs)
    {
        var keys = new List<OpenedKey>();
        foreach (var wrapped in psshs.Where(pssh => pssh.CarriesKeys).SelectMany(pssh => pssh.Wrapped))
            if (entitlements.FirstOrDefault(entitlement => entitlement.Id == wrapped.EntitlementId) is { } entitlement && keys.TrueForAll(key => key.KeyId != wrapped.KeyId)) keys.Add(entitlement.Open(wrapped));
        return keys;
    }

    /// <summary>AES-256-CBC; what its writer padded the 16 bytes with is cut off unread, as devices do.</summary>
    private OpenedKey Open(WidevineWrappedKey wrapped)
    {
        using var aes = Aes.Create();
        aes.SetKey(Key);
        var clear = aes.DecryptCbc(wrapped.Key.Span[..ContentKey.Size], wrapped.Iv.Span, PaddingMode.None);
        var key = new ContentKey(clear);
        CryptographicOperations.ZeroMemory(clear);
        return new OpenedKey(wrapped.KeyId, key, Level, LevelMet, Hdcp);
    }
}
