using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Http;

/// <summary>
/// Reads a request in whichever form it comes. The content type says which; where it says nothing, or what browsers' code often sends for
/// everything (<c>text/plain</c>, <c>application/x-www-form-urlencoded</c>), the body does.
/// </summary>
internal static class FairPlayReader
{
    private const int MaxItems = 32;
    private const string Envelope = "fairplay-streaming-request";
    private const string StreamingKeys = "streaming-keys";
    private const string CreateCkc = "create-ckc";

    /// <param name="contentType">As it came, or null.</param>
    /// <exception cref="FairPlayException">Parse: the body is in none of the forms.</exception>
    public static FairPlayRequest Read(string? contentType, ReadOnlyMemory<byte> body)
    {
        var trimmed = Trim(body);
        if (trimmed.IsEmpty) throw Malformed("The request is empty.");
        if (LooksLikeSpc(body.Span)) return Single(FairPlayForm.Raw, body, null, offline: false);
        if (trimmed.Span[0] == (byte)'{') return ReadJson(trimmed);
        if (Says(contentType, "application/json")) throw Malformed("The request is no JSON object.");
        if (trimmed.Span.IndexOf((byte)'=') is > 0 and < 32) return ReadForm(trimmed.Span);
        if (Decode(trimmed.Span) is { } spc) return Single(FairPlayForm.Base64, spc, null, offline: false);
        if (Says(contentType, "application/octet-stream")) return Single(FairPlayForm.Raw, body, null, offline: false);
        throw Malformed("The request is neither an SPC, nor base64 of one, nor a form with spc=, nor JSON.");
    }

    private static bool LooksLikeSpc(ReadOnlySpan<byte> body) => body is [0, 0, 0, _, ..];

    private static bool Says(string? contentType, string type) => contentType?.StartsWith(type, StringComparison.OrdinalIgnoreCase) ?? false;

    private static FairPlayRequest ReadForm(ReadOnlySpan<byte> body)
    {
        ReadOnlyMemory<byte>? spc = null;
        string? asset = null;
        var offline = false;
        foreach (var part in Encoding.Latin1.GetString(body).Split('&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) continue;
            var value = part[(equals + 1)..];
            switch (part[..equals])
            {
                case "spc":
                    if (spc is not null) throw Malformed("The form has two SPCs.");

                    // Applications forget to escape base64's plus sign, which is a space in a form: nothing else in base64 is one.
                    spc = Decode(Encoding.Latin1.GetBytes(Uri.UnescapeDataString(value).Replace(' ', '+'))) ?? throw Malformed("The form's spc is no base64.");
                    break;
                case "assetId" or "assetid" or "asset_id":
                    asset = NullIfEmpty(Uri.UnescapeDataString(value.Replace('+', ' ')));
                    break;
                case "offline":
                    offline = value is "1" or "true";
                    break;
            }
        }

        return Single(FairPlayForm.UrlEncoded, spc ?? throw Malformed("The form has no spc."), asset, offline);
    }

    private static FairPlayRequest ReadJson(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            if (!root.TryGetProperty(Envelope, out var envelope))
                return Single(FairPlayForm.Json, Spc(root), Text(root, "assetId") ?? Text(root, "asset-id") ?? Text(root, "uri"), Flag(root, "offline"));
            if (envelope.ValueKind != JsonValueKind.Object) throw Malformed($"\"{Envelope}\" is no object.");
            var form = envelope.TryGetProperty(StreamingKeys, out var keys) ? FairPlayForm.StreamingKeys : FairPlayForm.CreateCkc;
            if (form == FairPlayForm.CreateCkc && !envelope.TryGetProperty(CreateCkc, out keys)) throw Malformed($"\"{Envelope}\" has neither \"{StreamingKeys}\" nor \"{CreateCkc}\".");
            if (keys.ValueKind != JsonValueKind.Array || keys.GetArrayLength() is 0 or > MaxItems) throw Malformed($"The list of keys has not 1 to {MaxItems} elements.");
            var items = new List<FairPlayItem>();
            foreach (var key in keys.EnumerateArray())
            {
                if (key.ValueKind != JsonValueKind.Object) throw Malformed("An element of the list of keys is no object.");
                items.Add(new FairPlayItem(Spc(key), Text(key, "uri") ?? Text(key, "asset-id"), Id(key)));
            }

            return new FairPlayRequest(form, items, Flag(envelope, "offline"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Malformed("The request is no valid JSON.");
        }
    }

    private static ReadOnlyMemory<byte> Spc(JsonElement element)
    {
        var text = Text(element, "spc") ?? throw Malformed("There is no \"spc\".");
        return Decode(Encoding.UTF8.GetBytes(text)) ?? throw Malformed("\"spc\" is no base64.");
    }

    /// <summary>An id is a number or a short text; anything else is not echoed.</summary>
    private static string Id(JsonElement key)
    {
        if (!key.TryGetProperty("id", out var id)) return "null";
        return id.ValueKind is JsonValueKind.Number or JsonValueKind.String && id.GetRawText().Length <= 64 ? id.GetRawText() : throw Malformed("An \"id\" is a number or a short text.");
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? NullIfEmpty(value.GetString()!) : null;

    private static bool Flag(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static FairPlayRequest Single(FairPlayForm form, ReadOnlyMemory<byte> spc, string? asset, bool offline) => new(form, [new FairPlayItem(spc, asset, null)], offline);

    /// <summary>Base64 or base64url, with padding or without, with line breaks or without; null for anything else.</summary>
    private static byte[]? Decode(ReadOnlySpan<byte> text)
    {
        Span<byte> clean = text.Length <= 4096 ? stackalloc byte[text.Length] : new byte[text.Length];
        var length = 0;
        foreach (var character in text)
        {
            if (character is (byte)'\r' or (byte)'\n' or (byte)' ' or (byte)'=') continue;
            clean[length++] = character switch { (byte)'+' => (byte)'-', (byte)'/' => (byte)'_', _ => character };
        }

        return length > 0 && Base64Url.IsValid(clean[..length]) ? Base64Url.DecodeFromUtf8(clean[..length]) : null;
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> body)
    {
        while (!body.IsEmpty && body.Span[0] is (byte)' ' or (byte)'\r' or (byte)'\n' or (byte)'\t') body = body[1..];
        return body;
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static FairPlayException Malformed(string message) => new(FairPlayStatus.Parse, message);
}
