using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>
/// A content key in a <see cref="SealedBox"/> under a data key. The associated data binds the key id, the content id and the data key id, so that a sealed key copied to
/// another row does not open; and what the key protects, so that a row which was edited to pass an HD key off as SD does not
/// either.
/// </summary>
internal static class KeyEnvelope
{
    public const int Size = ContentKey.Size + SealedBox.Overhead;

    /// <summary>The texts at their longest, each with its length, and 96 bytes of numbers and ids at most.</summary>
    private const int MaxAssociatedData = KeyStore.MaxContentIdBytes + KeySpec.MaxTrackBytes + KeySpec.MaxQualityBytes + 256;

    public static byte[] Seal(DataKey dataKey, VaultKeyInfo info, ContentKey key)
    {
        Span<byte> associated = stackalloc byte[MaxAssociatedData];
        var length = WriteAssociatedData(associated, info, dataKey.Id);
        return dataKey.Seal(key.Bytes, associated[..length]);
    }

    /// <exception cref="CryptographicException">The row was changed, or belongs to another key.</exception>
    public static ContentKey Open(DataKey dataKey, KeyRow row)
    {
        Span<byte> associated = stackalloc byte[MaxAssociatedData];
        var length = WriteAssociatedData(associated, row.Info, row.DataKeyId);
        Span<byte> plain = stackalloc byte[ContentKey.Size];
        try
        {
            dataKey.Open(row.Sealed, plain, associated[..length]);
            return new ContentKey(plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Every field with its length or at a fixed size, so that no two rows have the same bytes.</summary>
    private static int WriteAssociatedData(Span<byte> destination, VaultKeyInfo info, Guid dataKeyId)
    {
        var at = 0;
        "DrmHub key v1"u8.CopyTo(destination);
        at += 13;
        info.KeyId.CopyTo(destination[at..]);
        at += KeyId.Size;
        dataKeyId.TryWriteBytes(destination[at..], bigEndian: true, out _);
        at += 16;
        at += WriteText(destination[at..], info.ContentId);
        at += WriteText(destination[at..], info.Track);
        at += WriteText(destination[at..], info.Quality ?? "");
        at += WriteNumber(destination[at..], (long)info.Scheme);
        at += WriteNumber(destination[at..], info.CryptoPeriod ?? -1);
        at += WriteNumber(destination[at..], info.IsRequested ? 1 : 0);
        at += WriteNumber(destination[at..], info.MinPixels ?? -1);
        at += WriteNumber(destination[at..], info.MaxPixels ?? -1);
        at += WriteNumber(destination[at..], info.MinChannels ?? -1);
        at += WriteNumber(destination[at..], info.MaxChannels ?? -1);
        var iv = info.Iv ?? [];
        destination[at++] = (byte)iv.Length;
        iv.CopyTo(destination[at..]);
        return at + iv.Length;
    }

    private static int WriteText(Span<byte> destination, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, destination[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)length);
        return length + 2;
    }

    private static int WriteNumber(Span<byte> destination, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, value);
        return sizeof(long);
    }
}
