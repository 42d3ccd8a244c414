using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using DrmHub.Cenc;

namespace DrmHub.Host.Commands;

/// <summary>Reads key ids and keys from the command line. Messages name the expected encoding and never repeat a value: it may be a key.</summary>
internal static class KeyArguments
{
    public const string KeyIdForm = "a key id is 32 hex digits, with or without the hyphens of a GUID (not base64)";
    public const string KeyForm = "a key is KID:KEY or KID:KEY:LABEL, with KID and KEY of 32 hex digits each (not base64)";

    /// <summary>For an option of key ids.</summary>
    public static void ValidateKeyIds(OptionResult result)
    {
        if (result.Tokens.Any(token => !KeyId.TryParse(token.Value, out _))) result.AddError($"{result.Option.Name}: {KeyIdForm}.");
    }

    /// <summary>For an option of keys.</summary>
    public static void ValidateKeys(OptionResult result)
    {
        var seen = new HashSet<(KeyId, string)>();
        foreach (var token in result.Tokens)
        {
            if (!TryParse(token.Value, out var key))
            {
                result.AddError($"{result.Option.Name}: {KeyForm}.");
                return;
            }

            using (key.Key)
            {
                if (!seen.Add((key.KeyId, key.Label))) result.AddError($"{result.Option.Name}: key id {key.KeyId} is given twice.");
            }
        }
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out LabeledKey? key)
    {
        key = null;
        var parts = text.Split(':', 3);
        if (parts.Length < 2 || !KeyId.TryParse(parts[0], out var keyId)) return false;
        if (parts[1].Length != 2 * ContentKey.Size || !parts[1].All(char.IsAsciiHexDigit)) return false;
        if (parts.Length == 3 && parts[2].Length == 0) return false;
        key = new LabeledKey(keyId, new ContentKey(Convert.FromHexString(parts[1])), parts.Length == 3 ? parts[2] : "");
        return true;
    }

    /// <exception cref="ArgumentException">Not of the form; validated before, so a misuse.</exception>
    public static LabeledKey Parse(string text) => TryParse(text, out var key) ? key : throw new ArgumentException(KeyForm, nameof(text));
}

/// <summary>A key of the command line.</summary>
/// <param name="KeyId">Its id.</param>
/// <param name="Key">The key; the holder disposes it.</param>
/// <param name="Label">Which tracks it is for; empty for any.</param>
internal sealed record LabeledKey(KeyId KeyId, ContentKey Key, string Label);
