using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Derivation;

/// <summary>
/// Key ids and content keys from a secret by HKDF with SHA-256 (RFC 5869), salt <c>DrmHub derived keys v1</c>. The info of a
/// key id is <c>key id</c>, a zero byte, then the content id and track each with 2 bytes of length, the scheme's four
/// characters and 8 bytes of crypto period (all ones where there is none), big-endian. The info of a key is <c>content
/// key</c>, a zero byte and the 16 bytes of the key id: a key can be found again from media alone.
/// </summary>
internal static class HkdfKeys
{
    private static ReadOnlySpan<byte> Salt => "DrmHub derived keys v1"u8;

    /// <summary>A GUID of version 8 (RFC 9562, 5.8), for derivations of both kinds.</summary>
    public static KeyId DeriveKeyId(ReadOnlySpan<byte> secret, KeyIdentity identity)
    {
        Span<byte> info = stackalloc byte[KeyStore.MaxContentIdBytes + KeySpec.MaxTrackBytes + 32];
        "key id\0"u8.CopyTo(info);
        var at = 7;
        foreach (var text in (ReadOnlySpan<string>)[identity.ContentId, identity.Track])
        {
            var length = Encoding.UTF8.GetBytes(text, info[(at + 2)..]);
            BinaryPrimitives.WriteUInt16BigEndian(info[at..], (ushort)length);
            at += 2 + length;
        }

        BinaryPrimitives.WriteInt32BigEndian(info[at..], (int)identity.Scheme);
        BinaryPrimitives.WriteInt64BigEndian(info[(at + 4)..], identity.PeriodColumn);
        Span<byte> id = stackalloc byte[KeyId.Size];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, id, Salt, info[..(at + 12)]);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new KeyId(id);
    }

    public static void DeriveKey(ReadOnlySpan<byte> secret, KeyId keyId, Span<byte> key)
    {
        Span<byte> info = stackalloc byte[12 + KeyId.Size];
        "content key\0"u8.CopyTo(info);
        keyId.CopyTo(info[12..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, Salt, info);
    }
}
