using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DrmHub.Vault.Audit.Merkle;

namespace DrmHub.Vault.Audit.Notes;

/// <summary>The head of a tree (C2SP tlog-checkpoint): origin, size and root, one line each.</summary>
/// <param name="Origin">Names the log.</param>
/// <param name="Size">Number of entries.</param>
/// <param name="Root">32 bytes.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>Reads the text of a note. Extension lines are allowed and left out; an empty one is not.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        if (text is null || !text.EndsWith('\n')) return false;
        var lines = text[..^1].Split('\n');
        if (lines.Length < 3 || lines.Any(line => line.Length == 0)) return false;
        var digits = lines[1];
        if (digits.Any(c => !char.IsAsciiDigit(c)) || (digits.Length > 1 && digits[0] == '0')) return false;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return false;
        if (lines[2].Length != 44 || !StrictBase64.TryDecode(lines[2], out var root) || root.Length != MerkleHash.Size) return false;
        checkpoint = new Checkpoint(lines[0], size, root);
        return true;
    }

    /// <summary>Reads a note and checks its signature: null where the note is malformed, of another origin or not signed by the key.</summary>
    public static Checkpoint? Open(ReadOnlySpan<byte> note, NoteKey key, out SignedNote? signed)
    {
        ArgumentNullException.ThrowIfNull(key);
        return SignedNote.TryParse(note, out signed) && TryParse(signed.Text, out var checkpoint) && checkpoint.Origin == key.Name && signed.IsSignedBy(key) ? checkpoint : null;
    }

    /// <summary>The text that is signed.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");
}
