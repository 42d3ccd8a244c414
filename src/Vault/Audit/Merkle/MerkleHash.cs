using System.Security.Cryptography;

namespace DrmHub.Vault.Audit.Merkle;

/// <summary>The hashes of RFC 6962, section 2.1: SHA-256, a leaf prefixed with 0x00 and a node with 0x01.</summary>
public static class MerkleHash
{
    public const int Size = 32;

    /// <summary>The root of a tree without entries: SHA-256 of nothing.</summary>
    public static byte[] Empty => SHA256.HashData([]);

    public static byte[] Leaf(ReadOnlySpan<byte> entry)
    {
        const int Small = 2048;
        var length = checked(entry.Length + 1);
        var buffer = length <= Small ? stackalloc byte[length] : new byte[length];
        buffer[0] = 0;
        entry.CopyTo(buffer[1..]);
        return SHA256.HashData(buffer);
    }

    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var hash = new byte[Size];
        Node(left, right, hash);
        return hash;
    }

    /// <summary>Writes the node's hash to <paramref name="destination"/>, which may be one of the inputs.</summary>
    internal static void Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> destination)
    {
        Span<byte> buffer = stackalloc byte[1 + 2 * Size];
        buffer[0] = 1;
        left.CopyTo(buffer[1..]);
        right.CopyTo(buffer[(1 + Size)..]);
        SHA256.HashData(buffer, destination);
    }

    /// <summary>Root of a perfect subtree: the number of hashes is a power of two.</summary>
    internal static byte[] Fold(ReadOnlySpan<byte> hashes)
    {
        var work = hashes.ToArray();
        for (var count = hashes.Length / Size; count > 1; count /= 2)
        {
            for (var i = 0; i < count / 2; i++)
                Node(work.AsSpan(2 * i * Size, Size), work.AsSpan((2 * i + 1) * Size, Size), work.AsSpan(i * Size, Size));
        }

        return work[..Size];
    }
}
