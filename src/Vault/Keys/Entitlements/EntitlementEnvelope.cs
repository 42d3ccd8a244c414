using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Entitlements;

/// <summary>
/// An entitlement key sealed under a data key: AES-256-GCM (NIST SP 800-38D), 12 random bytes of nonce ‖ 32 bytes of ciphertext ‖ 16 bytes of tag. The
/// associated data binds a label that no content key has, the key id, the data key id, the content id and the track.
/// </summary>
internal static class EntitlementEnvelope
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int Size = NonceSize + EntitlementKey.Size + TagSize;

    public static byte[] Seal(DataKey dataKey, EntitlementRow row, EntitlementKey key)
    {
        var box = new byte[Size];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        dataKey.Encrypt(box.AsSpan(0, NonceSize), key.Bytes, box.AsSpan(NonceSize, EntitlementKey.Size), box.AsSpan(NonceSize + EntitlementKey.Size), AssociatedData(dataKey.Id, row));
        return box;
    }

    /// <exception cref="KeyVaultException">The row was changed, or belongs to another key.</exception>
    public static EntitlementKey Open(DataKey dataKey, EntitlementRow row)
    {
        Span<byte> plain = stackalloc byte[EntitlementKey.Size];
        try
        {
            if (row.Sealed.Length != Size) throw new AuthenticationTagMismatchException();
            ReadOnlySpan<byte> box = row.Sealed;
            dataKey.Decrypt(box[..NonceSize], box.Slice(NonceSize, EntitlementKey.Size), box[(NonceSize + EntitlementKey.Size)..], plain, AssociatedData(dataKey.Id, row));
            return new EntitlementKey(plain);
        }
        catch (CryptographicException exception)
        {
            throw new KeyVaultException("The row of an entitlement key was changed, or belongs to another key.", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static byte[] AssociatedData(Guid dataKeyId, EntitlementRow row)
    {
        var content = Encoding.UTF8.GetBytes(row.ContentId);
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. "DrmHub entitlement key v1"u8, .. row.KeyId.ToByteArray(), .. DataKeyTable.ToBytes(dataKeyId), .. length, .. content, .. Encoding.UTF8.GetBytes(row.Track)];
    }
}
