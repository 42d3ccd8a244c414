using System.Buffers.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Host.Commands;

/// <summary>What <c>drmhub pssh decode</c> was given: a file, standard input, or the bytes themselves as text.</summary>
internal static class PsshInput
{
    public const string Expected = "expected a file (MP4, a DASH manifest, a CPIX document, an HLS playlist), - for standard input, or a pssh box, PlayReady object or Widevine pssh data as base64, base64url or hex";

    /// <summary>Text, such as a base64 string saved to a file, is looked for in inputs up to this size.</summary>
    internal const int MaxTextBytes = 1 << 20;

    private static readonly HashSet<string> FirstBoxes = ["ftyp", "styp", "moov", "moof", "pssh", "free", "skip", "wide", "sidx", "mdat", "emsg", "prft", "uuid", "pdin", "meta"];

    /// <exception cref="CencFormatException">Nothing in it can be read; the message names the encodings.</exception>
    public static IEnumerable<PsshFinding> Read(string input, CancellationToken cancellation)
    {
        if (input == "-") return ReadStream(Console.OpenStandardInput(), cancellation);
        if (File.Exists(input)) return ReadFile(input, cancellation);
        return [.. ReadText(input)];
    }

    private static IEnumerable<PsshFinding> ReadFile(string path, CancellationToken cancellation)
    {
        using var stream = File.OpenRead(path);
        foreach (var finding in ReadStream(stream, cancellation)) yield return finding;
    }

    private static IEnumerable<PsshFinding> ReadStream(Stream stream, CancellationToken cancellation)
    {
        var start = new byte[8];
        var length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        Stream whole = new PrefixedStream(start.AsMemory(0, length), stream);
        if (length == 8 && FirstBoxes.Contains(System.Text.Encoding.Latin1.GetString(start, 4, 4)))
        {
            return PsshScanner.Read(whole, cancellation).Select(location => new PsshFinding("pssh", location.Path, location.Offset, location.Box, Data: null));
        }

        var bytes = new byte[MaxTextBytes + 1];
        length = whole.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > MaxTextBytes) throw new CencFormatException("the input does not start with a box, and is too long for text: " + Expected);
        var content = bytes.AsSpan(0, length);
        if (Recognize(content) is { Count: > 0 } found) return found;
        var text = System.Text.Encoding.UTF8.GetString(content).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        return PsshInManifest.Matches(text) ? PsshInManifest.Read(text) : ReadText(text);
    }

    internal static List<PsshFinding> ReadText(string text)
    {
        text = text.Trim();
        // The URI of an HLS key tag: data:text/plain;base64,…
        if (text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) && text.IndexOf("base64,", StringComparison.Ordinal) is > 0 and var at) text = text[(at + 7)..];
        text = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        string? brokenBox = null;
        foreach (var bytes in Decodings(text))
        {
            if (Recognize(bytes) is { Count: > 0 } found) return found;
            if (bytes.Length >= 8 && bytes.AsSpan(4, 4).SequenceEqual("pssh"u8)) brokenBox ??= Problem(bytes);
        }

        throw new CencFormatException(brokenBox ?? Expected);
    }

    /// <summary>Hex first: hex digits are base64 too, and a base64 string of hex digits alone is the rarer case.</summary>
    internal static IEnumerable<byte[]> Decodings(string text)
    {
        var hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        if (hex.Length > 0 && hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit)) yield return Convert.FromHexString(hex);
        if (Base64Url.IsValid(text.Replace('+', '-').Replace('/', '_'))) yield return Base64Url.DecodeFromChars(text.Replace('+', '-').Replace('/', '_'));
    }

    private static List<PsshFinding> Recognize(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 8 && bytes.Slice(4, 4).SequenceEqual("pssh"u8))
        {
            try
            {
                long offset = 0;
                var found = new List<PsshFinding>();
                foreach (var box in PsshBox.ParseAll(bytes))
                {
                    found.Add(new PsshFinding("pssh", "pssh", offset, box, Data: null));
                    offset += box.Size;
                }

                return found;
            }
            catch (CencFormatException)
            {
                return [];
            }
        }

        if (PlayReadyObject.TryParse(bytes, out _)) return [new PsshFinding("playready-object", Path: null, Offset: null, Box: null, bytes.ToArray())];
        // Almost any bytes are some protocol buffers message: without a key id or a content id it is not Widevine's.
        if (WidevinePsshData.TryParse(bytes, out var data) && (data.KeyIds.Count > 0 || !data.ContentId.IsEmpty)) return [new PsshFinding("widevine-data", Path: null, Offset: null, Box: null, bytes.ToArray())];
        return [];
    }

    private static string? Problem(byte[] bytes)
    {
        try
        {
            PsshBox.ParseAll(bytes);
            return null;
        }
        catch (CencFormatException exception)
        {
            return exception.Message;
        }
    }
}

/// <summary>One thing that was found.</summary>
/// <param name="Form">"pssh", "playready-object" or "widevine-data".</param>
/// <param name="Path">Of a box.</param>
/// <param name="Offset">Of a box.</param>
/// <param name="Box">The box; null for data without one.</param>
/// <param name="Data">The bytes of data without a box.</param>
internal sealed record PsshFinding(string Form, string? Path, long? Offset, PsshBox? Box, byte[]? Data);
