namespace DrmHub.Vault.Keys.Ceremony;

/// <summary>
/// The field of 256 elements with the polynomial x⁸+x⁴+x³+x+1 (FIPS 197, clause 4.2). No tables and no branches on values, so
/// that neither the cache nor the clock tells of them.
/// </summary>
internal static class Gf256
{
    public static byte Multiply(byte left, byte right)
    {
        int a = left;
        int b = right;
        var product = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= a & -(b & 1);
            b >>= 1;
            a = (a << 1) ^ (0x11B & -(a >> 7));
        }

        return (byte)(product & 0xFF);
    }

    /// <summary>The inverse, a²⁵⁴; 0 for 0.</summary>
    public static byte Invert(byte value)
    {
        // 254 = 2 + 4 + 8 + 16 + 32 + 64 + 128.
        byte result = 1;
        var square = value;
        for (var power = 1; power < 8; power++)
        {
            square = Multiply(square, square);
            result = Multiply(result, square);
        }

        return result;
    }
}
