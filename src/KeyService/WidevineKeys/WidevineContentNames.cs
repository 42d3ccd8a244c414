using System.Text;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>Content and group ids are bytes in this API and text everywhere else in the hub.</summary>
internal static class WidevineContentNames
{
    private const string GroupPrefix = "group:";
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The text where the bytes are printable UTF-8, else <c>0x</c> and hex.</summary>
    public static string NameOf(ReadOnlySpan<byte> contentId)
    {
        try
        {
            var text = StrictUtf8.GetString(contentId);
            if (!text.Any(char.IsControl) && !text.StartsWith("0x", StringComparison.Ordinal)) return text;
        }
        catch (DecoderFallbackException)
        {
            // Not text: hex below.
        }

        return "0x" + Convert.ToHexStringLower(contentId);
    }

    /// <summary>The content id that holds the keys which a group shares.</summary>
    public static string NameOfGroup(ReadOnlySpan<byte> groupId) => GroupPrefix + NameOf(groupId);

    /// <summary>What goes into a pssh for a content id: the opposite of <see cref="NameOf"/>.</summary>
    public static byte[] ToBytes(string name)
    {
        if (name.StartsWith("0x", StringComparison.Ordinal) && name.Length % 2 == 0 && name.Skip(2).All(char.IsAsciiHexDigitLower)) return Convert.FromHexString(name.AsSpan(2));
        return Encoding.UTF8.GetBytes(name);
    }
}
