using System.Text;

namespace DrmHub.KeyService.Packagers;

/// <summary>RFC 7617: base64 of the user name, a colon and the password, in UTF-8.</summary>
internal static class BasicCredentials
{
    private const int MaxLength = 1024;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryParse(string value, out string user, out string password)
    {
        (user, password) = ("", "");
        Span<byte> bytes = stackalloc byte[MaxLength];
        if (value.Length > MaxLength || !Convert.TryFromBase64String(value, bytes, out var length)) return false;
        string text;
        try
        {
            text = s_utf8.GetString(bytes[..length]);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return false;
        (user, password) = (text[..colon], text[(colon + 1)..]);
        return true;
    }
}
