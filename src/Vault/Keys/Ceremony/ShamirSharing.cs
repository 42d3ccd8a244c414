using System.Security.Cryptography;

namespace DrmHub.Vault.Keys.Ceremony;

/// <summary>
/// Secret sharing (Shamir, 1979) byte by byte over <see cref="Gf256"/>: a random polynomial whose constant term is the secret
/// byte, read at x = 1…n. Any k values give it back; k−1 values say nothing about it.
/// </summary>
internal static class ShamirSharing
{
    public const int MaxShares = 255;

    /// <returns>One array for each x from 1 to <paramref name="shares"/>.</returns>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int threshold, int shares)
    {
        if (threshold < 2 || threshold > shares || shares > MaxShares) throw new ArgumentOutOfRangeException(nameof(threshold), "The threshold is 2 to the number of shares, which is at most 255.");
        var values = new byte[shares][];
        for (var x = 0; x < shares; x++) values[x] = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        Span<byte> polynomial = stackalloc byte[threshold];
        for (var i = 0; i < secret.Length; i++)
        {
            RandomNumberGenerator.Fill(polynomial[1..]);
            polynomial[0] = secret[i];
            for (var x = 0; x < shares; x++) values[x][i] = Evaluate(polynomial, (byte)(x + 1));
        }

        CryptographicOperations.ZeroMemory(polynomial);
        return values;
    }

    /// <param name="shares">Different x, each with a value of the same length; exactly as many as the threshold.</param>
    /// <returns>The secret in a pinned array; nonsense if a value is wrong, which callers find by what they put beside it.</returns>
    public static byte[] Combine(IReadOnlyList<(byte X, byte[] Value)> shares)
    {
        var secret = GC.AllocateArray<byte>(shares[0].Value.Length, pinned: true);
        for (var i = 0; i < shares.Count; i++)
        {
            // Lagrange's basis at x = 0; in this field minus is plus.
            byte basis = 1;
            for (var j = 0; j < shares.Count; j++)
            {
                if (j != i) basis = Gf256.Multiply(basis, Gf256.Multiply(shares[j].X, Gf256.Invert((byte)(shares[j].X ^ shares[i].X))));
            }

            for (var at = 0; at < secret.Length; at++) secret[at] ^= Gf256.Multiply(basis, shares[i].Value[at]);
        }

        return secret;
    }

    private static byte Evaluate(ReadOnlySpan<byte> polynomial, byte x)
    {
        byte result = 0;
        for (var i = polynomial.Length - 1; i >= 0; i--) result = (byte)(Gf256.Multiply(result, x) ^ polynomial[i]);
        return result;
    }
}
