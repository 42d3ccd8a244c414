using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>Writes <c>{"response":"base64 of JSON"}</c>.</summary>
internal static class WidevineKeyResponse
{
    /// <summary>Keys in the order of <paramref name="keys"/>: period by period, ascending, each with exactly one pssh.</summary>
    public static byte[] Granted(WidevineKeyRequest request, IReadOnlyList<VaultKey> keys, string provider)
    {
        var inner = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(inner))
        {
            json.WriteStartObject();
            json.WriteString("status", WidevineKeyStatus.Ok);
            json.WriteStartArray("drm");
            json.WriteStartObject();
            json.WriteString("type", "WIDEVINE");
            json.WriteString("system_id", DrmHub.Cenc.DrmSystemIds.Widevine.ToString("N"));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartArray("tracks");
            foreach (var period in keys.GroupBy(key => (key.CryptoPeriod, key.Scheme)))
            {
                var pssh = BuildPssh(request, [.. period], provider);
                foreach (var key in period) WriteTrack(json, key, pssh);
            }

            json.WriteEndArray();
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

    private static PsshBox BuildPssh(WidevineKeyRequest request, IReadOnlyList<VaultKey> keys, string provider)
    {
        var period = keys[0].CryptoPeriod;
        var data = new WidevinePsshData
        {
            KeyIds = [.. keys.Select(key => key.KeyId)],
            Provider = provider,
            ContentId = WidevineContentNames.ToBytes(keys[0].ContentId),
            Policy = request.Policy,
            Scheme = keys[0].Scheme,
            CryptoPeriodIndex = (uint?)period,
            CryptoPeriodSeconds = period is null ? null : request.PeriodSeconds,
        }.ToByteArray();

        // Protocol buffers fields 13 group_ids and 15 video_feature, which come after all others.
        return new PsshBox(DrmHub.Cenc.DrmSystemIds.Widevine, [], [.. data, .. Field(13, request.GroupId), .. Field(15, request.VideoFeature is { } feature ? Encoding.UTF8.GetBytes(feature) : null)]);
    }

    /// <summary>Wire type 2, with a length that fits into one byte: the request is limited to 64.</summary>
    private static byte[] Field(int number, byte[]? value) => value is null ? [] : [(byte)((number << 3) | 2), (byte)value.Length, .. value];

    private static void WriteTrack(Utf8JsonWriter json, VaultKey key, PsshBox pssh)
    {
        json.WriteStartObject();
        json.WriteString("type", key.Track);
        json.WriteBase64String("key_id", key.KeyId.ToByteArray());
        json.WriteBase64String("key", key.Key.Bytes);
        if (key.Iv is not null) json.WriteBase64String("iv", key.Iv);
        json.WriteStartArray("pssh");
        json.WriteStartObject();
        json.WriteString("drm_type", "WIDEVINE");
        json.WriteBase64String("data", pssh.Data.Span);
        json.WriteBase64String("boxes", pssh.ToByteArray());
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
