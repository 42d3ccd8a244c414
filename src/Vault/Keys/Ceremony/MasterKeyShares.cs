using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Vault.Keys.MasterKeys;

namespace DrmHub.Vault.Keys.Ceremony;

/// <summary>
/// A local master key in k-of-n shares for n people. A share is one word:
/// <c>drmhub1-3of5-2-SET-VALUE-CHECK</c>: threshold and number, its own number, 4 bytes that all shares of a splitting have in
/// common, its value, and 4 bytes of a hash that find a slip of the pen; all in hex. Shared are the 32 bytes of the key and 16
/// bytes of a hash of it, so that shares which do not belong together give an error and never a wrong key.
/// </summary>
public static class MasterKeyShares
{
    private const string Label = "drmhub1";
    private const int DigestSize = 16;
    private const int SetSize = 4;
    private const int CheckSize = 4;

    /// <param name="key">32 bytes.</param>
    /// <param name="threshold">How many shares restore the key, 2 or more.</param>
    /// <param name="shares">How many are made, up to 255.</param>
    /// <exception cref="ArgumentException">A number or the key is outside its range.</exception>
    public static IReadOnlyList<string> Split(ReadOnlySpan<byte> key, int threshold, int shares)
    {
        if (key.Length != LocalMasterKey.Size) throw new ArgumentException("A master key has 32 bytes.", nameof(key));
        var set = RandomNumberGenerator.GetBytes(SetSize);
        Span<byte> secret = stackalloc byte[LocalMasterKey.Size + DigestSize];
        key.CopyTo(secret);
        Digest(key, set, secret[LocalMasterKey.Size..]);
        var values = ShamirSharing.Split(secret, threshold, shares);
        CryptographicOperations.ZeroMemory(secret);

        var texts = new string[shares];
        for (var i = 0; i < shares; i++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{Label}-{threshold}of{shares}-{i + 1}-{Convert.ToHexStringLower(set)}-{Convert.ToHexStringLower(values[i])}");
            texts[i] = text + "-" + Check(text);
            CryptographicOperations.ZeroMemory(values[i]);
        }

        return texts;
    }

    /// <summary>Restores a key from its shares, in any order; more than are needed are checked too.</summary>
    /// <returns>32 bytes in a pinned array; the caller zeroes it.</returns>
    /// <exception cref="FormatException">A share is misspelt, too few are given, or they do not belong together; the message says which.</exception>
    public static byte[] Combine(IReadOnlyList<string> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        var parsed = new List<Share>();
        for (var i = 0; i < shares.Count; i++)
        {
            if (!TryParse(shares[i], out var share)) throw new FormatException($"Share {i + 1} of those given is misspelt or incomplete.");
            if (parsed.Count > 0 && (share.Set, share.Threshold, share.Count) != (parsed[0].Set, parsed[0].Threshold, parsed[0].Count)) throw new FormatException($"Share {i + 1} of those given belongs to another splitting.");
            if (parsed.FirstOrDefault(other => other.Number == share.Number) is { } twin)
            {
                if (!twin.Value.AsSpan().SequenceEqual(share.Value)) throw new FormatException($"There are two different shares with the number {share.Number}.");
                continue;
            }

            parsed.Add(share);
        }

        if (parsed.Count == 0 || parsed.Count < parsed[0].Threshold) throw new FormatException(parsed.Count == 0 ? "No share was given." : $"{parsed[0].Threshold} shares are needed, {parsed.Count} were given.");
        var threshold = parsed[0].Threshold;
        var key = Restore(parsed.GetRange(0, threshold));

        // A further share that lies on another polynomial is forged or spoilt: better told now than when it is needed.
        for (var extra = threshold; extra < parsed.Count; extra++)
            CryptographicOperations.ZeroMemory(Restore([.. parsed.GetRange(1, threshold - 1), parsed[extra]]));
        return key;
    }

    private static byte[] Restore(List<Share> shares)
    {
        var secret = ShamirSharing.Combine([.. shares.Select(share => (share.Number, share.Value))]);
        var key = GC.AllocateUninitializedArray<byte>(LocalMasterKey.Size, pinned: true);
        secret.AsSpan(0, key.Length).CopyTo(key);
        Span<byte> digest = stackalloc byte[DigestSize];
        Digest(key, Convert.FromHexString(shares[0].Set), digest);
        var matches = CryptographicOperations.FixedTimeEquals(digest, secret.AsSpan(key.Length));
        CryptographicOperations.ZeroMemory(secret);
        if (matches) return key;
        CryptographicOperations.ZeroMemory(key);
        throw new FormatException("The shares do not belong together: at least one is not of this key.");
    }

    private static bool TryParse(string? text, [NotNullWhen(true)] out Share? share)
    {
        share = null;
        var parts = (text ?? "").Trim().ToLowerInvariant().Split('-');
        if (parts.Length != 6 || parts[0] != Label || parts[3].Length != SetSize * 2 || parts[4].Length != (LocalMasterKey.Size + DigestSize) * 2) return false;
        var counts = parts[1].Split("of");
        if (counts.Length != 2 || !IsNumber(counts[0], out var threshold) || !IsNumber(counts[1], out var count) || !IsNumber(parts[2], out var number)) return false;
        if (threshold < 2 || threshold > count || number > count) return false;
        if (!parts[3].All(char.IsAsciiHexDigit) || !parts[4].All(char.IsAsciiHexDigit) || parts[5] != Check(string.Join('-', parts[..5]))) return false;
        share = new Share(threshold, count, number, parts[3], Convert.FromHexString(parts[4]));
        return true;
    }

    private static bool IsNumber(string text, out byte number) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static string Check(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return Convert.ToHexStringLower(hash[..CheckSize]);
    }

    private static void Digest(ReadOnlySpan<byte> key, ReadOnlySpan<byte> set, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, [.. "DrmHub master key share"u8, .. set], hash);
        hash[..DigestSize].CopyTo(destination);
    }

    private sealed record Share(byte Threshold, byte Count, byte Number, string Set, byte[] Value);
}
