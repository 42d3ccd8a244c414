using System.Buffers;
using System.Text.Json;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>The licence in JSON, for players that ask for <c>application/json</c>: <c>{"status":"OK","license":"base64"}</c>.</summary>
internal static class WidevineJson
{
    public static byte[] Write(ReadOnlySpan<byte> license)
    {
        var buffer = new ArrayBufferWriter<byte>((license.Length * 4 / 3) + 64);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("status", "OK");
            json.WriteBase64String("license", license);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
