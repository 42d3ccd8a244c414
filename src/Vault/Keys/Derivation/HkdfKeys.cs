using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Derivation;

/// <summary>
/// Key ids and content keys from a secret by HKDF with SHA-256 (RFC 5869), salt <c>DrmHub derived keys v1</c>. The info of a
/// key id is <c>key id</c>, a zero byte, then the content id and track each with 2 bytes of length, the scheme's four
/// characters and 8 bytes of crypto period (all ones where there is none), big-endian. The info of a key is <c>content
/// key</c>, a zero byte and the 16 bytes of the key id: a key can be found again from media alone. Entitlement keys likewise: <c>entitlement key id</c>, a
/// zero byte and both texts, then <c>entitlement key</c>, a zero byte and the key id.
/// </summary>
internal static class HkdfKeys
{
    private const int MaxLabel = 24;
    private const int MaxInfo = MaxLabel + KeyStore.MaxContentIdBytes + KeySpec.MaxTrackBytes + 16;

    private static ReadOnlySpan<byte> Salt => "DrmHub derived keys v1"u8;

    /// <summary>A GUID of version 8 (RFC 9562, 5.8), for derivations of both kinds.</summary>
    public static KeyId DeriveKeyId(ReadOnlySpan<byte> secret, KeyIdentity identity)
    {
        Span<byte> info = stackalloc byte[MaxInfo];
        var at = WriteNames(info, "key id\0"u8, identity.ContentId, identity.Track);
        BinaryPrimitives.WriteInt32BigEndian(info[at..], (int)identity.Scheme);
        BinaryPrimitives.WriteInt64BigEndian(info[(at + 4)..], identity.PeriodColumn);
        return DeriveId(secret, info[..(at + 12)]);
    }

    public static void DeriveKey(ReadOnlySpan<byte> secret, KeyId keyId, Span<byte> key) => DeriveNamed(secret, "content key\0"u8, keyId, key);

    /// <summary>One for each track of a content, whatever the scheme and the period.</summary>
    public static KeyId DeriveEntitlementId(ReadOnlySpan<byte> secret, string contentId, string track)
    {
        Span<byte> info = stackalloc byte[MaxInfo];
        return DeriveId(secret, info[..WriteNames(info, "entitlement key id\0"u8, contentId, track)]);
    }

    public static void DeriveEntitlementKey(ReadOnlySpan<byte> secret, KeyId keyId, Span<byte> key) => DeriveNamed(secret, "entitlement key\0"u8, keyId, key);

    private static KeyId DeriveId(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> info)
    {
        Span<byte> id = stackalloc byte[KeyId.Size];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, id, Salt, info);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new KeyId(id);
    }

    private static void DeriveNamed(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> label, KeyId keyId, Span<byte> key)
    {
        Span<byte> info = stackalloc byte[MaxLabel + KeyId.Size];
        label.CopyTo(info);
        keyId.CopyTo(info[label.Length..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, Salt, info[..(label.Length + KeyId.Size)]);
    }

    private static int WriteNames(Span<byte> info, ReadOnlySpan<byte> label, string contentId, string track)
    {
        label.CopyTo(info);
        var at = label.Length;
        foreach (var text in (ReadOnlySpan<string>)[contentId, track])
        {
            var length = Encoding.UTF8.GetBytes(text, info[(at + 2)..]);
            BinaryPrimitives.WriteUInt16BigEndian(info[at..], (ushort)length);
            at += 2 + length;
        }

        return at;
    }
}
