using System.Numerics;
using System.Security.Cryptography;

namespace DrmHub.Vault.Audit.Merkle;

/// <summary>
/// Inclusion and consistency proofs of RFC 6962, 2.1.1 and 2.1.2, checked with the iterative algorithms of RFC 9162, 2.1.3.2 and
/// 2.1.4.2. The checks take what outsiders send: anything wrong is false, never an exception.
/// </summary>
public static class MerkleProof
{
    /// <summary>No proof is longer: a size has 63 bits.</summary>
    public const int MaxHashes = 64;

    /// <summary>True when <paramref name="leafHash"/> is entry <paramref name="index"/> of the tree of that size and root.</summary>
    public static bool VerifyInclusion(long index, long size, ReadOnlySpan<byte> leafHash, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (index < 0 || index >= size || !WellFormed(proof) || leafHash.Length != MerkleHash.Size || root.Length != MerkleHash.Size) return false;
        var node = index;
        var last = size - 1;
        var hash = leafHash.ToArray();
        foreach (var sibling in proof)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleHash.Node(sibling, hash);
                SkipMissing(ref node, ref last);
            }
            else
            {
                hash = MerkleHash.Node(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && CryptographicOperations.FixedTimeEquals(hash, root);
    }

    /// <summary>True when the first tree is the beginning of the second. Both sizes are above zero.</summary>
    public static bool VerifyConsistency(long firstSize, long secondSize, ReadOnlySpan<byte> firstRoot, ReadOnlySpan<byte> secondRoot, IReadOnlyList<byte[]> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (firstSize <= 0 || firstSize > secondSize || !WellFormed(proof) || firstRoot.Length != MerkleHash.Size || secondRoot.Length != MerkleHash.Size) return false;
        if (firstSize == secondSize) return proof.Count == 0 && CryptographicOperations.FixedTimeEquals(firstRoot, secondRoot);
        if (proof.Count == 0) return false;

        // A first tree that is a perfect subtree of the second is its own starting hash.
        var isPerfect = BitOperations.IsPow2(firstSize);
        var start = isPerfect ? firstRoot.ToArray() : proof[0];
        var node = firstSize - 1;
        var last = secondSize - 1;
        while ((node & 1) == 1)
        {
            node >>= 1;
            last >>= 1;
        }

        byte[] first = start, second = start;
        for (var i = isPerfect ? 0 : 1; i < proof.Count; i++)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                first = MerkleHash.Node(proof[i], first);
                second = MerkleHash.Node(proof[i], second);
                SkipMissing(ref node, ref last);
            }
            else
            {
                second = MerkleHash.Node(second, proof[i]);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && CryptographicOperations.FixedTimeEquals(first, firstRoot) && CryptographicOperations.FixedTimeEquals(second, secondRoot);
    }

    /// <summary>The ranges of entries whose roots prove entry <paramref name="index"/>, from the leaf upwards.</summary>
    internal static List<(long Start, long End)> InclusionRanges(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var ranges = new List<(long, long)>();
        long start = 0, end = size;
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            if (index < middle)
            {
                ranges.Add((middle, end));
                end = middle;
            }
            else
            {
                ranges.Add((start, middle));
                start = middle;
            }
        }

        ranges.Reverse();
        return ranges;
    }

    /// <summary>The ranges whose roots prove that the first tree is the beginning of the second; none where the sizes are equal.</summary>
    internal static List<(long Start, long End)> ConsistencyRanges(long firstSize, long secondSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(firstSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstSize, secondSize);
        var ranges = new List<(long, long)>();
        long start = 0, end = secondSize;
        var isWhole = true;
        while (firstSize != end)
        {
            var middle = start + Split(end - start);
            if (firstSize <= middle)
            {
                ranges.Add((middle, end));
                end = middle;
            }
            else
            {
                ranges.Add((start, middle));
                start = middle;
                isWhole = false;
            }
        }

        if (!isWhole) ranges.Add((start, end));
        ranges.Reverse();
        return ranges;
    }

    /// <summary>The largest power of two below <paramref name="size"/>, which is at least 2.</summary>
    private static long Split(long size) => 1L << BitOperations.Log2((ulong)(size - 1));

    private static void SkipMissing(ref long node, ref long last)
    {
        while ((node & 1) == 0 && node != 0)
        {
            node >>= 1;
            last >>= 1;
        }
    }

    private static bool WellFormed(IReadOnlyList<byte[]> proof) => proof.Count <= MaxHashes && proof.All(hash => hash is { Length: MerkleHash.Size });
}
