using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace DrmHub.Vault.Audit.Notes;

/// <summary>One line under a note. The signature may be of a kind that is not known here.</summary>
/// <param name="Name">The signer's name.</param>
/// <param name="KeyId">4 bytes.</param>
/// <param name="Signature">What follows the key id.</param>
public sealed record NoteSignature(string Name, byte[] KeyId, byte[] Signature)
{
    public bool IsBy(NoteKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Name == key.Name && KeyId.AsSpan().SequenceEqual(key.Id);
    }

    /// <summary>The line with its newline.</summary>
    public override string ToString() => $"\u2014 {Name} {Convert.ToBase64String([.. KeyId, .. Signature])}\n";
}

/// <summary>A text and the signatures under it (C2SP signed-note).</summary>
public sealed class SignedNote
{
    /// <summary>Bytes of a whole note. Far above any checkpoint with its cosignatures.</summary>
    public const int MaxBytes = 1_000_000;

    private const int MaxSignatures = 100;

    private SignedNote(string text, IReadOnlyList<NoteSignature> signatures)
    {
        Text = text;
        Signatures = signatures;
    }

    /// <summary>What is signed; ends in a newline.</summary>
    public string Text { get; }

    public IReadOnlyList<NoteSignature> Signatures { get; }

    public static SignedNote Create(string text, params IEnumerable<NoteSignature> signatures)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        if (!IsText(text)) throw new ArgumentException("A note's text ends in a newline and has no other control characters.", nameof(text));
        return new SignedNote(text, [.. signatures]);
    }

    /// <summary>Reads a note without checking any signature.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedNote? note)
    {
        note = null;
        if (bytes.Length > MaxBytes) return false;
        string whole;
        try
        {
            whole = s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        // The text may hold empty lines: the signatures follow the last one.
        var split = whole.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || split + 2 >= whole.Length || !whole.EndsWith('\n') || !IsText(whole)) return false;
        var signatures = new List<NoteSignature>();
        foreach (var line in whole[(split + 2)..^1].Split('\n'))
        {
            if (signatures.Count == MaxSignatures || !TryParseLine(line, out var signature)) return false;
            signatures.Add(signature);
        }

        note = new SignedNote(whole[..(split + 1)], signatures);
        return true;
    }

    /// <summary>Reads signature lines alone, as a witness answers them.</summary>
    public static bool TryParseSignatures(string text, out List<NoteSignature> signatures)
    {
        ArgumentNullException.ThrowIfNull(text);
        signatures = [];
        if (!text.EndsWith('\n') || text.Length > MaxBytes) return false;
        foreach (var line in text[..^1].Split('\n'))
        {
            if (signatures.Count == MaxSignatures || !TryParseLine(line, out var signature)) return false;
            signatures.Add(signature);
        }

        return true;
    }

    /// <summary>True when at least one line is by this key and every line by this key is right.</summary>
    public bool IsSignedBy(NoteKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var lines = Signatures.Where(line => line.IsBy(key)).ToList();
        return lines.Count > 0 && lines.TrueForAll(line => Cosignature.Verify(key, Text, line.Signature));
    }

    public SignedNote With(IEnumerable<NoteSignature> more) => new(Text, [.. Signatures, .. more]);

    public override string ToString() => Text + "\n" + string.Concat(Signatures);

    public byte[] ToBytes() => s_utf8.GetBytes(ToString());

    private static bool TryParseLine(string line, [NotNullWhen(true)] out NoteSignature? signature)
    {
        signature = null;
        if (!line.StartsWith("\u2014 ", StringComparison.Ordinal)) return false;
        var parts = line.Split(' ');
        if (parts.Length != 3 || !NoteKey.IsName(parts[1]) || !StrictBase64.TryDecode(parts[2], out var blob) || blob.Length < 5) return false;
        signature = new NoteSignature(parts[1], blob[..4], blob[4..]);
        return true;
    }

    private static bool IsText(string text) => text.EndsWith('\n') && !text.Any(c => c < ' ' && c != '\n');

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
