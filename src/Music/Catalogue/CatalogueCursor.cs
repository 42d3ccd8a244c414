using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace DrmHub.Music.Catalogue;

/// <summary>Where the next page begins: after a position and an id. Opaque to clients.</summary>
internal readonly record struct CatalogueCursor(long Position, string Id)
{
    public static readonly CatalogueCursor Start = new(long.MinValue, "");

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Position} {Id}")));

    public static bool TryParse(string? text, out CatalogueCursor cursor)
    {
        cursor = Start;
        if (text is null) return true;
        if (text.Length > 200 || !Base64Url.IsValid(text)) return false;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var position) || !ItemCheck.IsId(parts[1])) return false;
        cursor = new CatalogueCursor(position, parts[1]);
        return true;
    }
}
