using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>Writes <c>{"response":"base64 of JSON"}</c>.</summary>
internal static class WidevineKeyResponse
{
    /// <summary>Keys in the order of the issue: period by period, ascending, each with exactly one <c>pssh</c> member.</summary>
    public static byte[] Granted(WidevineKeyRequest request, WidevineIssue issue, string provider)
    {
        var inner = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(inner))
        {
            json.WriteStartObject();
            json.WriteString("status", WidevineKeyStatus.Ok);
            json.WriteStartArray("drm");
            json.WriteStartObject();
            json.WriteString("type", "WIDEVINE");
            json.WriteString("system_id", DrmSystemIds.Widevine.ToString("N"));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartArray("tracks");
            foreach (var period in issue.Keys.GroupBy(key => (key.CryptoPeriod, key.Scheme)))
            {
                var pssh = WidevineKeyPssh.Build(request, [.. period], issue.Entitlements, provider);
                foreach (var key in period) WriteTrack(json, key, pssh);
            }

            json.WriteEndArray();
            json.WriteBase64String("content_id", request.SentContentId ?? WidevineContentNames.ToBytes(issue.Keys[0].ContentId));
            json.WriteEndObject();
        }

        return Wrap(inner);
    }

    public static byte[] Refused(string status, string message)
    {
        var inner = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(inner))
        {
            json.WriteStartObject();
            json.WriteString("status", status);
            json.WriteString("status_message", message);
            json.WriteStartArray("drm");
            json.WriteEndArray();
            json.WriteStartArray("tracks");
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Wrap(inner);
    }

    private static void WriteTrack(Utf8JsonWriter json, VaultKey key, WidevineKeyPssh pssh)
    {
        json.WriteStartObject();
        json.WriteString("type", WidevineTrack.Parse(key.Track)?.Type.ToName() ?? key.Track);
        json.WriteBase64String("key_id", key.KeyId.ToByteArray());
        json.WriteBase64String("key", key.Key.Bytes);
        if (key.Iv is not null) json.WriteBase64String("iv", key.Iv);
        json.WriteStartArray("pssh");
        json.WriteStartObject();
        json.WriteString("drm_type", "WIDEVINE");
        json.WriteBase64String("data", pssh.Data.Span);
        json.WriteBase64String("boxes", pssh.Boxes);
        json.WriteEndObject();
        json.WriteEndArray();
        if (key.CryptoPeriod is { } period) json.WriteNumber("crypto_period_index", period);
        json.WriteEndObject();
    }

    private static byte[] Wrap(ArrayBufferWriter<byte> inner)
    {
        var outer = new ArrayBufferWriter<byte>((inner.WrittenCount / 3 * 4) + 64);
        using (var json = new Utf8JsonWriter(outer))
        {
            json.WriteStartObject();
            json.WriteBase64String("response", inner.WrittenSpan);
            json.WriteEndObject();
        }

        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsMemory(inner.WrittenMemory).Span);
        return outer.WrittenSpan.ToArray();
    }
}
