using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Entitlements;

/// <summary>
/// An entitlement key in a <see cref="SealedBox"/> under a data key. The associated data binds a label that no content key has, the key id, the data key id, the content id and the track.
/// </summary>
internal static class EntitlementEnvelope
{
    public static byte[] Seal(DataKey dataKey, EntitlementRow row, EntitlementKey key) => dataKey.Seal(key.Bytes, AssociatedData(dataKey.Id, row));

    /// <exception cref="KeyVaultException">The row was changed, or belongs to another key.</exception>
    public static EntitlementKey Open(DataKey dataKey, EntitlementRow row)
    {
        Span<byte> plain = stackalloc byte[EntitlementKey.Size];
        try
        {
            dataKey.Open(row.Sealed, plain, AssociatedData(dataKey.Id, row));
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
