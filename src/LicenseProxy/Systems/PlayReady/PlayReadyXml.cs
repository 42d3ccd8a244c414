using System.Text;
using System.Xml;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// Opens XML from players and services: no DTD, no external entity, bounded in characters, depth and elements. The characters are bounded so far that what the
/// framework's parser does for many attributes stays cheap, too.
/// </summary>
internal static class PlayReadyXml
{
    public const int MaxCharacters = 512 * 1024;
    public const int MaxDepth = 48;
    public const int MaxElements = 20_000;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding StrictUtf16 = new(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true);

    /// <summary>UTF-16LE as browsers emit it, with or without a byte order mark, or UTF-8.</summary>
    /// <exception cref="ChallengeException">Neither.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var text = bytes.Length >= 2 && (bytes is [0xFF, 0xFE, ..] || (bytes[0] == '<' && bytes[1] == 0)) ? StrictUtf16.GetString(bytes) : StrictUtf8.GetString(bytes);
            return text.TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        }
        catch (DecoderFallbackException)
        {
            throw Malformed("The challenge is neither UTF-8 nor UTF-16.");
        }
    }

    public static XmlReader Open(string text) => XmlReader.Create(new StringReader(text), new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MaxCharacters,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    });

    public static ChallengeException Malformed(string message) => new(ReasonCodes.ChallengeMalformed, message);
}
