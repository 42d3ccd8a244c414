using System.Text.Json;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>The outer JSON of a request: the message bytes as they were signed, and who signed them.</summary>
internal sealed record WidevineEnvelope(byte[] Message, byte[]? Signature, string? Signer)
{
    /// <exception cref="WidevineKeyException">MALFORMED_REQUEST, with what was expected.</exception>
    public static WidevineEnvelope Parse(ReadOnlyMemory<byte> body)
    {
        using var document = ParseJson(body, "The body");
        var root = document.RootElement;
        var message = JsonFields.Base64(root, "request") ?? throw JsonFields.Malformed("\"request\" is missing: the message as base64.");
        return new WidevineEnvelope(message, JsonFields.Base64(root, "signature"), JsonFields.Text(root, "signer"));
    }

    internal static JsonDocument ParseJson(ReadOnlyMemory<byte> json, string what)
    {
        try
        {
            var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
        }
        catch (JsonException)
        {
            // Answered below; the parser's message would quote the body.
        }

        throw JsonFields.Malformed($"{what} is not a JSON object.");
    }
}
