using System.Globalization;
using System.Text;
using DrmHub.Cenc.Bmff;

namespace DrmHub.Music.Packaging;

/// <summary>
/// iTunes' remark about encoder delay (<c>iTunSMPB</c>): numbers in hex, of which the second is the delay, the third the padding and the fourth
/// the real samples. Files of Apple's encoders have it where others have an edit list.
/// </summary>
internal static class ITunesGapless
{
    /// <returns>Null where there is none, or one that makes no sense.</returns>
    public static (long Priming, long Samples)? Find(ContainerBox moov)
    {
        foreach (var box in moov.Children)
        {
            if (BoxType.Name(box.Type) is "udta" or "meta" && Parse(box.ToArray()) is { } found) return found;
        }

        return null;
    }

    /// <param name="metadata">Anything with the name and, within 200 bytes behind it, the numbers.</param>
    public static (long Priming, long Samples)? Parse(ReadOnlySpan<byte> metadata)
    {
        var at = metadata.IndexOf("iTunSMPB"u8);
        if (at < 0) return null;
        var rest = metadata[(at + 8)..];
        var start = rest[..Math.Min(rest.Length, 64)].IndexOf(" 0000"u8);
        if (start < 0) return null;
        var text = Encoding.ASCII.GetString(rest.Slice(start, Math.Min(rest.Length - start, 64)));
        var numbers = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (numbers.Length < 4 || !TryHex(numbers[1], out var priming) || !TryHex(numbers[2], out _) || !TryHex(numbers[3], out var samples)) return null;
        return priming <= 100_000 && samples is > 0 and < 1L << 40 ? (priming, samples) : null;
    }

    private static bool TryHex(string text, out long value) => long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value >= 0;
}
