using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace DrmHub.Vault.Audit.Notes;

/// <summary>What Ed25519 keys sign: the text itself, or for a witness the text with a time before it (C2SP tlog-cosignature v1).</summary>
internal static class Cosignature
{
    private const int SignatureSize = 64;
    private const int TimeSize = 8;

    /// <summary>The message of a cosignature: two lines, then the whole text of the checkpoint.</summary>
    public static byte[] Message(string text, ulong unixSeconds) =>
        System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {unixSeconds}\n{text}"));

    public static bool Verify(NoteKey key, string text, ReadOnlySpan<byte> signature)
    {
        if (key.Type == NoteKeyType.Ed25519)
            return signature.Length == SignatureSize && key.Verify(System.Text.Encoding.UTF8.GetBytes(text), signature);
        if (signature.Length != TimeSize + SignatureSize) return false;
        var time = BinaryPrimitives.ReadUInt64BigEndian(signature);
        return time <= long.MaxValue && key.Verify(Message(text, time), signature[TimeSize..]);
    }
}
