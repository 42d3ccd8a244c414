using System.Text;

namespace DrmHub.Cenc.Pssh;

/// <summary>Content ids are bytes in Widevine's messages and text everywhere else.</summary>
public static class WidevineContentId
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The text where the bytes are printable UTF-8, else <c>0x</c> and hex.</summary>
    public static string ToText(ReadOnlySpan<byte> contentId)
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

    /// <summary>What goes into a pssh for a content id: the opposite of <see cref="ToText"/>.</summary>
    public static byte[] ToBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith("0x", StringComparison.Ordinal) && text.Length % 2 == 0 && text.Skip(2).All(char.IsAsciiHexDigitLower)) return Convert.FromHexString(text.AsSpan(2));
        return Encoding.UTF8.GetBytes(text);
    }
}
