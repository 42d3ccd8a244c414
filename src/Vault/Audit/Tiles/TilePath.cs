using System.Globalization;
using System.Text;
using DrmHub.Vault.Audit.Merkle;

namespace DrmHub.Vault.Audit.Tiles;

/// <summary>
/// The part of an address after <c>tile/</c> (C2SP tlog-tiles): <c>L/N[.p/W]</c> for hashes, <c>entries/N[.p/W]</c> for entries. N is written in
/// groups of three digits, all but the last with an <c>x</c> in front. Each tile has exactly one spelling.
/// </summary>
/// <param name="Level">0 to 63, or null for an entry bundle.</param>
/// <param name="Index">Place in its level.</param>
/// <param name="Width">1 to 256; 256 is the full tile.</param>
public readonly record struct TilePath(int? Level, long Index, int Width)
{
    private const int MaxLength = 64;

    public bool IsPartial => Width < TreeEdge.TileWidth;

    /// <summary>The level that says which entries the tile covers; bundles follow level 0.</summary>
    public int HashLevel => Level ?? 0;

    public static bool TryParse(string? text, out TilePath path)
    {
        path = default;
        if (text is null || text.Length > MaxLength) return false;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0) return false;
        int? level = null;
        if (text[..slash] != "entries")
        {
            if (!Number(text.AsSpan(0, slash), 63, out var parsed)) return false;
            level = (int)parsed;
        }

        var rest = text[(slash + 1)..];
        long width = TreeEdge.TileWidth;
        var partial = rest.IndexOf(".p/", StringComparison.Ordinal);
        if (partial >= 0)
        {
            if (!Number(rest.AsSpan(partial + 3), TreeEdge.TileWidth - 1, out width) || width == 0) return false;
            rest = rest[..partial];
        }

        long index = 0;
        foreach (var group in rest.Split('/'))
        {
            var digits = group.StartsWith('x') ? group.AsSpan(1) : group;
            if (digits.Length != 3 || digits.ContainsAnyExceptInRange('0', '9') || index > long.MaxValue / 1000 - 1) return false;
            index = index * 1000 + int.Parse(digits, CultureInfo.InvariantCulture);
        }

        path = new TilePath(level, index, (int)width);
        return path.ToString() == text; // One spelling only: x000/007 is no tile.
    }

    public override string ToString()
    {
        var text = new StringBuilder(Level?.ToString(CultureInfo.InvariantCulture) ?? "entries").Append('/');
        var at = text.Length;
        text.Append((Index % 1000).ToString("000", CultureInfo.InvariantCulture));
        for (var rest = Index / 1000; rest > 0; rest /= 1000)
            text.Insert(at, "x" + (rest % 1000).ToString("000", CultureInfo.InvariantCulture) + "/");
        if (IsPartial) text.Append(".p/").Append(Width.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private static bool Number(ReadOnlySpan<char> digits, long max, out long value)
    {
        value = 0;
        if (digits.Length is 0 or > 3 || digits.ContainsAnyExceptInRange('0', '9') || (digits.Length > 1 && digits[0] == '0')) return false;
        value = int.Parse(digits, CultureInfo.InvariantCulture);
        return value <= max;
    }
}
