using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace DrmHub.Vault.Audit.Notes;

/// <summary>What a key signs (C2SP signed-note, signature types).</summary>
public enum NoteKeyType
{
    /// <summary>0x01: Ed25519 over the note's text.</summary>
    Ed25519 = 1,

    /// <summary>0x04: Ed25519 cosignature with a time (C2SP tlog-cosignature).</summary>
    Cosignature = 4,
}

/// <summary>A verifier key (C2SP signed-note): <c>name+hash+base64(type || public key)</c>.</summary>
public sealed class NoteKey
{
    private const int MaxText = 1024;

    private readonly PublicKey _key;

    private NoteKey(string name, NoteKeyType type, PublicKey key, byte[] bytes)
    {
        Name = name;
        Type = type;
        _key = key;
        Bytes = bytes;
        Id = ComputeId(name, type, bytes);
    }

    public string Name { get; }

    public NoteKeyType Type { get; }

    /// <summary>First four bytes of SHA-256 over name, newline, type and key. Name and id together name a key.</summary>
    public byte[] Id { get; }

    /// <summary>32 bytes.</summary>
    public byte[] Bytes { get; }

    internal static NoteKey Create(string name, NoteKeyType type, PublicKey key) => new(name, type, key, key.Export(KeyBlobFormat.RawPublicKey));

    /// <summary>Reads a verifier key; refuses a wrong hash, an unknown type and a name that no note could carry.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out NoteKey? key)
    {
        key = null;
        if (text is null || text.Length > MaxText) return false;
        var parts = text.Split('+', 3); // The base64 may hold plus signs itself; a name cannot.
        if (parts.Length != 3 || !IsName(parts[0]) || !StrictBase64.TryDecode(parts[2], out var blob) || blob.Length != 33) return false;
        if (blob[0] is not ((byte)NoteKeyType.Ed25519 or (byte)NoteKeyType.Cosignature)) return false;
        if (!PublicKey.TryImport(SignatureAlgorithm.Ed25519, blob.AsSpan(1), KeyBlobFormat.RawPublicKey, out var imported)) return false;
        var read = new NoteKey(parts[0], (NoteKeyType)blob[0], imported!, blob[1..]);
        if (Convert.ToHexStringLower(read.Id) != parts[1]) return false;
        key = read;
        return true;
    }

    /// <summary>Not empty, no Unicode white space, no plus sign.</summary>
    internal static bool IsName(string name) => name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');

    internal bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => SignatureAlgorithm.Ed25519.Verify(_key, message, signature);

    public override string ToString() => $"{Name}+{Convert.ToHexStringLower(Id)}+{Convert.ToBase64String([(byte)Type, .. Bytes])}";

    private static byte[] ComputeId(string name, NoteKeyType type, byte[] bytes) =>
        SHA256.HashData([.. System.Text.Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)type, .. bytes])[..4];
}

/// <summary>base64 with one spelling: padded, no white space, no stray bits.</summary>
internal static class StrictBase64
{
    public static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length % 4 != 0 || text.Any(char.IsWhiteSpace)) return false;
        var buffer = new byte[text.Length / 4 * 3];
        if (!Convert.TryFromBase64String(text, buffer, out var written)) return false;
        bytes = buffer[..written];
        return Convert.ToBase64String(bytes) == text;
    }
}
