using System.Buffers;
using System.Text;

namespace DrmHub.Vault.Keys;

/// <summary>What the vault takes as a name: both databases must keep it byte for byte, and a log line must stay one line.</summary>
internal static class KeyText
{
    public static bool IsValid(string? text, int maxBytes)
    {
        // A char is at most 3 bytes of UTF-8, so this bounds the work below.
        if (string.IsNullOrEmpty(text) || text.Length > maxBytes) return false;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            // An unpaired surrogate has no UTF-8 form: the database would keep something else than was asked for.
            if (Rune.DecodeFromUtf16(rest, out var rune, out var consumed) != OperationStatus.Done) return false;
            if (Rune.IsControl(rune)) return false;
            rest = rest[consumed..];
        }

        return Encoding.UTF8.GetByteCount(text) <= maxBytes;
    }
}
