using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DrmHub.Sandbox.Tests.Widevine;

/// <summary>A caller of the Widevine service that signs with the public test credentials, written apart from both sides.</summary>
internal static class WidevineCaller
{
    public const string Url = "/sandbox/cenc/getlicense/widevine_test";
    private static readonly byte[] Key = Convert.FromHexString("1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9");
    private static readonly byte[] Iv = Convert.FromHexString("d58ce954203b7c9a9a9d467f59839249");

    public static JsonObject Envelope(JsonObject message)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message);
        using var aes = Aes.Create();
        aes.Key = Key;
        return new JsonObject
        {
            ["request"] = Convert.ToBase64String(bytes),
            ["signature"] = Convert.ToBase64String(aes.EncryptCbc(SHA1.HashData(bytes), Iv)),
            ["signer"] = "widevine_test",
        };
    }

    public static async Task<JsonObject> AskAsync(this SandboxDoor door, JsonObject message)
    {
        using var response = await door.Http.PostAsJsonAsync(Url, Envelope(message));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public static JsonObject Message(byte[] payload, params JsonObject[] specs) => new()
    {
        ["payload"] = Convert.ToBase64String(payload),
        ["provider"] = "widevine_test",
        ["content_key_specs"] = new JsonArray(specs),
        ["policy_overrides"] = new JsonObject { ["can_play"] = true },
    };

    public static JsonObject Spec(string track, byte fill, int level = 1, string? hdcp = null)
    {
        var spec = new JsonObject
        {
            ["track_type"] = track,
            ["security_level"] = level,
            ["key_id"] = Convert.ToBase64String(Enumerable.Repeat(fill, 16).ToArray()),
            ["key"] = Convert.ToBase64String(Enumerable.Repeat((byte)(fill + 1), 16).ToArray()),
        };
        if (hdcp is not null) spec["required_output_protection"] = new JsonObject { ["hdcp"] = hdcp };
        return spec;
    }

    public static byte[] License(this JsonObject answer)
    {
        Assert.True((string?)answer["status"] == "OK", (string?)answer["status_message"]);
        return Convert.FromBase64String((string)answer["license"]!);
    }
}
