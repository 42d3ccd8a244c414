using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using DrmHub.Cenc;

namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary>
/// What an asset id names. Applications pass any of: the key id (as this hub signals it, <c>skd://KEYID</c>), the whole URL or its authority, a
/// query with <c>keyId</c> and <c>contentId</c>, <c>contentId/keyId</c>, base64 of a JSON object with <c>KeyId</c> and <c>ContentId</c> (as SPEKE services
/// do), the 16 bytes of the key id; anything else is a content id.
/// </summary>
/// <param name="KeyId">Null where the id names a title alone.</param>
/// <param name="ContentId">Null where the id names a key alone.</param>
internal sealed record AssetId(KeyId? KeyId, string? ContentId)
{
    private const string Scheme = "skd://";
    private const int MaxText = 1024;

    public static AssetId Parse(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes) && bytes.IndexOfAnyInRange((byte)0, (byte)31) < 0) return Parse(Encoding.UTF8.GetString(bytes));
        return bytes.Length == Cenc.KeyId.Size ? new AssetId(new KeyId(bytes), null) : new AssetId(null, "0x" + Convert.ToHexStringLower(bytes));
    }

    public static AssetId Parse(string text)
    {
        var id = text.Trim();
        if (id.Length > MaxText) id = id[..MaxText];
        if (id.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) id = id[Scheme.Length..];
        if (Cenc.KeyId.TryParse(id, out var plain)) return new AssetId(plain, null);
        if (FromBase64(id) is { } decoded) return decoded;
        var query = id.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0 && FromQuery(id[(query + 1)..], id[..query]) is { } named) return named;
        if (query >= 0) id = id[..query];
        return FromPath(id.TrimEnd('/'));
    }

    /// <summary>Nothing that both name differs.</summary>
    public bool IsConsistentWith(AssetId other) =>
        (KeyId is null || other.KeyId is null || KeyId == other.KeyId)
        && (ContentId is null || other.ContentId is null || KeyId is not null || other.KeyId is not null || ContentId == other.ContentId);

    private static AssetId FromPath(string id)
    {
        var slash = id.LastIndexOf('/');
        if (slash >= 0 && Cenc.KeyId.TryParse(id[(slash + 1)..], out var last)) return new AssetId(last, NullIfEmpty(Uri.UnescapeDataString(id[..slash])));
        if (Cenc.KeyId.TryParse(id, out var whole)) return new AssetId(whole, null);
        return new AssetId(null, Uri.UnescapeDataString(id));
    }

    private static AssetId? FromQuery(string query, string before)
    {
        KeyId? keyId = null;
        string? contentId = null;
        foreach (var pair in query.Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) continue;
            var value = Uri.UnescapeDataString(pair[(equals + 1)..]);
            switch (pair[..equals].ToLower(CultureInfo.InvariantCulture))
            {
                case "keyid" or "kid" when Cenc.KeyId.TryParse(value, out var parsed): keyId ??= parsed; break;
                case "contentid" or "cid" or "assetid": contentId ??= NullIfEmpty(value); break;
            }
        }

        if (keyId is null && Cenc.KeyId.TryParse(before.TrimEnd('/'), out var authority)) keyId = authority;
        return keyId is null && contentId is null ? null : new AssetId(keyId, contentId);
    }

    private static AssetId? FromBase64(string text)
    {
        Span<byte> bytes = stackalloc byte[MaxText];
        if (text.Length is 0 or > MaxText || !Base64.IsValid(text) || !Convert.TryFromBase64String(text, bytes, out var length)) return null;
        if (length == Cenc.KeyId.Size) return new AssetId(new KeyId(bytes[..length]), null);
        if (bytes[0] != (byte)'{') return null;
        try
        {
            using var json = JsonDocument.Parse(bytes[..length].ToArray(), new JsonDocumentOptions { MaxDepth = 4 });
            string? contentId = null;
            KeyId? keyId = null;
            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind != JsonValueKind.String) continue;
                if (member.Name.Equals("KeyId", StringComparison.OrdinalIgnoreCase) && Cenc.KeyId.TryParse(member.Value.GetString(), out var parsed)) keyId = parsed;
                else if (member.Name.Equals("ContentId", StringComparison.OrdinalIgnoreCase)) contentId = NullIfEmpty(member.Value.GetString()!);
            }

            return keyId is null && contentId is null ? null : new AssetId(keyId, contentId);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
