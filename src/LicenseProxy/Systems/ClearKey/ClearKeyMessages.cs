using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.ClearKey;

/// <summary>
/// Licence request and licence of W3C Clear Key (Encrypted Media Extensions, 9.1.3 and 9.1.4): JSON with key ids and keys in
/// base64url without padding. Clear Key hands the key to the page, so its level is always <see cref="SecurityLevel.None"/>.
/// </summary>
internal static class ClearKeyMessages
{
    /// <summary>A ladder with rotation asks for tens of keys at most.</summary>
    private const int MaxKeyIds = 128;

    /// <summary>Characters of 16 bytes in base64url without padding: a key, and a key id.</summary>
    private const int EncodedKey = 22;

    /// <exception cref="ChallengeException">With what was expected.</exception>
    public static LicenseQuestion Parse(ReadOnlyMemory<byte> body, out string type)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 4 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw Malformed("The challenge is not a JSON object.");
            type = ParseType(root);
            return new LicenseQuestion
            {
                System = DrmSystem.ClearKey,
                KeyIds = ParseKeyIds(root),
                Level = SecurityLevel.None,
                Use = type == "temporary" ? ContentUse.Stream : ContentUse.Download,
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Malformed("The challenge is not valid JSON.");
        }
    }

    /// <summary>The keys that are granted; a key that is withheld is simply not there.</summary>
    /// <param name="type"><c>temporary</c> or <c>persistent-license</c>.</param>
    public static byte[] WriteLicense(IReadOnlyList<VaultKey> keys, string type)
    {
        // Base64url and these two words need no escapes, so the length is known and the bytes are written once: no other copy of a key is left behind.
        var begin = "{\"keys\":["u8;
        var beforeKey = "{\"kty\":\"oct\",\"k\":\""u8;
        var beforeId = "\",\"kid\":\""u8;
        var afterId = "\"}"u8;
        var beforeType = "],\"type\":\""u8;
        var end = "\"}"u8;
        var each = beforeKey.Length + EncodedKey + beforeId.Length + EncodedKey + afterId.Length;
        var license = new byte[begin.Length + keys.Count * each + Math.Max(0, keys.Count - 1) + beforeType.Length + type.Length + end.Length];
        var rest = Append(license, begin);
        Span<byte> keyId = stackalloc byte[KeyId.Size];
        for (var i = 0; i < keys.Count; i++)
        {
            if (i > 0) rest = Append(rest, ","u8);
            keys[i].KeyId.CopyTo(keyId);
            rest = AppendBase64(Append(rest, beforeKey), keys[i].Key.Bytes);
            rest = Append(AppendBase64(Append(rest, beforeId), keyId), afterId);
        }

        rest = Append(rest, beforeType);
        Append(rest[Encoding.ASCII.GetBytes(type, rest)..], end);
        return license;

        static Span<byte> Append(Span<byte> rest, scoped ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(rest);
            return rest[bytes.Length..];
        }

        static Span<byte> AppendBase64(Span<byte> rest, scoped ReadOnlySpan<byte> bytes) => rest[Base64Url.EncodeToUtf8(bytes, rest)..];
    }

    /// <summary>The answer to a release: the key ids that are gone (Encrypted Media Extensions, 9.1.4, license release acknowledgement).</summary>
    public static byte[] WriteAcknowledgement(IReadOnlyList<KeyId> keyIds)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("kids");
            foreach (var keyId in keyIds) json.WriteStringValue(Base64Url.EncodeToUtf8(keyId.ToByteArray()));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string ParseType(JsonElement root)
    {
        if (!root.TryGetProperty("type", out var value)) return "temporary";
        return value.ValueKind == JsonValueKind.String && value.GetString() is "temporary" or "persistent-license"
            ? value.GetString()!
            : throw new ChallengeException(ReasonCodes.ChallengeUnsupported, "\"type\" is neither temporary nor persistent-license.");
    }

    private static List<KeyId> ParseKeyIds(JsonElement root)
    {
        if (!root.TryGetProperty("kids", out var kids) || kids.ValueKind != JsonValueKind.Array || kids.GetArrayLength() == 0)
            throw Malformed("\"kids\" is missing or empty: an array of key ids in base64url.");
        if (kids.GetArrayLength() > MaxKeyIds) throw Malformed($"\"kids\" has more than {MaxKeyIds} elements.");

        var keyIds = new List<KeyId>();
        Span<byte> bytes = stackalloc byte[KeyId.Size];
        foreach (var kid in kids.EnumerateArray())
        {
            if (kid.ValueKind != JsonValueKind.String
                || !Base64Url.IsValid(kid.GetString(), out var length) || length != KeyId.Size
                || !Base64Url.TryDecodeFromChars(kid.GetString(), bytes, out _))
                throw Malformed("A key id in \"kids\" is not 16 bytes in base64url (A-Z a-z 0-9 - _, without padding).");
            var keyId = new KeyId(bytes);
            if (!keyIds.Contains(keyId)) keyIds.Add(keyId);
        }

        return keyIds;
    }

    private static ChallengeException Malformed(string message) => new(ReasonCodes.ChallengeMalformed, message);
}
