using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.KeyService.WidevineKeys;
using DrmHub.Vault.Audit;

namespace DrmHub.KeyService.Tests.WidevineKeys;

public sealed class WidevineKeysTests : IAsyncLifetime
{
    private static readonly byte[] TestKey = Convert.FromHexString("1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9");
    private static readonly byte[] TestIv = Convert.FromHexString("d58ce954203b7c9a9a9d467f59839249");

    private readonly RSA _rsa = RSA.Create(2048);
    private KeyDoor _door = null!;

    public async Task InitializeAsync() => _door = await KeyDoor.OpenAsync(WidevineSigner.Test, new WidevineSigner("rsa_signer", null, null, _rsa.ExportSubjectPublicKeyInfoPem()));

    public async Task DisposeAsync()
    {
        await _door.DisposeAsync();
        _rsa.Dispose();
    }

    [Fact]
    public void The_published_signature_vector_verifies()
    {
        var message = """{"isTest":true,"test":"testing","test2":"testing2","test3":"testing3"}"""u8;
        var signature = Convert.FromBase64String("ga80QzRuUM+jnPcoR6UWs5TXrTQ2VgeYiu0FoqCNRH4=");
        Assert.True(WidevineSigner.Test.Verify(message, signature));
        signature[^1] ^= 1;
        Assert.False(WidevineSigner.Test.Verify(message, signature));
        Assert.False(WidevineSigner.Test.Verify(message, []));
    }

    [Fact]
    public async Task Keys_come_with_one_pssh_each_and_stay_the_same()
    {
        var first = await AskAsync(Sign(Inner("demo-a", "CBCS", "SD", "AUDIO")));
        var second = await AskAsync(Sign(Inner("demo-a", "CBCS", "SD", "AUDIO")));
        Assert.Equal("OK", first.GetProperty("status").GetString());
        Assert.Equal(first.GetRawText(), second.GetRawText());

        var tracks = first.GetProperty("tracks").EnumerateArray().ToList();
        Assert.Equal(["SD", "AUDIO"], tracks.Select(track => track.GetProperty("type").GetString()));
        foreach (var track in tracks)
        {
            Assert.Equal(16, track.GetProperty("key").GetBytesFromBase64().Length);
            Assert.Equal(16, track.GetProperty("key_id").GetBytesFromBase64().Length);
            Assert.False(track.TryGetProperty("crypto_period_index", out _));
            var pssh = Assert.Single(track.GetProperty("pssh").EnumerateArray().ToList());
            var box = PsshBox.Parse(pssh.GetProperty("boxes").GetBytesFromBase64());
            Assert.Equal(DrmSystemIds.Widevine, box.SystemId);
            Assert.Equal(pssh.GetProperty("data").GetBytesFromBase64(), box.Data.ToArray());
            var data = WidevinePsshData.Parse(box.Data.Span);
            Assert.Contains(new KeyId(track.GetProperty("key_id").GetBytesFromBase64()), data.KeyIds);
            Assert.Equal("demo-a"u8.ToArray(), data.ContentId.ToArray());
            Assert.Equal(ProtectionScheme.Cbcs, data.Scheme);
        }
    }

    [Fact]
    public async Task Rotation_gives_every_period_in_order_and_overlapping_batches_agree()
    {
        var first = Periods(await AskAsync(Sign(Inner("demo-live", "CENC", ["SD", "AUDIO"], (0, 10)))));
        var second = Periods(await AskAsync(Sign(Inner("demo-live", "CENC", ["SD", "AUDIO"], (5, 10)))));
        Assert.Equal(Enumerable.Range(0, 10).SelectMany(index => new[] { (index, "SD"), (index, "AUDIO") }), first.Select(key => (key.Period, key.Type)));
        Assert.Equal(first.Where(key => key.Period >= 5), second.Where(key => key.Period < 10));
        Assert.Equal(20, first.Select(key => key.Key).Distinct().Count());
    }

    [Fact]
    public async Task An_rsa_signature_is_accepted_and_a_foreign_one_is_not()
    {
        Assert.Equal("OK", Status(await AskAsync(Sign(Inner("demo-rsa", "CENC", "SD"), "rsa_signer", message => _rsa.SignData(message, HashAlgorithmName.SHA1, RSASignaturePadding.Pss)))));
        using var foreign = RSA.Create(2048);
        Assert.Equal("SIGNATURE_FAILED", Status(await AskAsync(Sign(Inner("demo-rsa", "CENC", "SD"), "rsa_signer", message => foreign.SignData(message, HashAlgorithmName.SHA1, RSASignaturePadding.Pss)))));
    }

    [Theory]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"8K"}]}""", "TRACK_TYPE_UNKNOWN", "AUDIO")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"},{}]}""", "TRACK_TYPE_MISSING", "type")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[]}""", "TRACK_TYPE_MISSING", "tracks")]
    [InlineData("""{"content_id":"","tracks":[{"type":"SD"}]}""", "CONTENT_ID_MISSING", "content_id")]
    [InlineData("""{"tracks":[{"type":"SD"}]}""", "CONTENT_ID_MISSING", "base64")]
    [InlineData("""{"content_id":"ZGVtby1iY_Q","tracks":[{"type":"SD"}]}""", "MALFORMED_REQUEST", "base64url")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"protection_scheme":"CTR"}""", "MALFORMED_REQUEST", "CBCS")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"drm_types":["MARLIN"]}""", "MALFORMED_REQUEST", "drm_types")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"first_crypto_period_index":0,"crypto_period_count":1000000}""", "MALFORMED_REQUEST", "crypto_period_count")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"first_crypto_period_index":-1,"crypto_period_count":1}""", "MALFORMED_REQUEST", "first_crypto_period_index")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":"SD"}""", "MALFORMED_REQUEST", "array")]
    [InlineData("[]", "MALFORMED_REQUEST", "object")]
    [InlineData("{", "MALFORMED_REQUEST", "object")]
    public async Task A_bad_request_gets_its_status_a_reason_and_no_key(string inner, string status, string mentioned)
    {
        var answer = await AskAsync(Sign(inner));
        Assert.Equal(status, Status(answer));
        Assert.Contains(mentioned, answer.GetProperty("status_message").GetString(), StringComparison.Ordinal);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("demo-bad"));
        Assert.Equal(status, (await EntriesAsync()).Single(entry => entry.Kind == AuditKind.KeysRefused).ReasonCode);
    }

    [Fact]
    public async Task A_wrong_signature_and_an_unknown_signer_look_the_same_and_leave_no_key()
    {
        var wrong = await AskAsync(Sign(Inner("demo-sig", "CENC", "SD"), "widevine_test", _ => new byte[32]));
        var unknown = await AskAsync(Sign(Inner("demo-sig", "CENC", "SD"), "nobody"));
        Assert.Equal("SIGNATURE_FAILED", Status(wrong));
        Assert.Equal(wrong.GetRawText(), unknown.GetRawText());
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("demo-sig"));
    }

    [Fact]
    public async Task Base64_that_is_hex_is_answered_with_the_encoding_that_was_expected()
    {
        var answer = await AskAsync(new { request = "7b7d7", signature = "AA==", signer = "widevine_test" });
        Assert.Equal("MALFORMED_REQUEST", Status(answer));
        Assert.Contains("base64: expected the standard alphabet", answer.GetProperty("status_message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unsigned_requests_are_answered_for_loopback_only()
    {
        var unsigned = new { request = Convert.ToBase64String(Encoding.UTF8.GetBytes(Inner("demo-u", "CENC", "SD"))) };
        Assert.Equal("OK", Status(await AskAsync(unsigned)));
        _door.Remote = IPAddress.Parse("192.0.2.1");
        Assert.Equal("ACCESS_DENIED", Status(await AskAsync(unsigned)));
    }

    [Fact]
    public async Task Each_issue_is_in_the_log_with_its_key_ids_and_its_packager()
    {
        await AskAsync(Sign(Inner("demo-log", "CENC", "SD", "HD")));
        var entry = (await EntriesAsync()).Single();
        Assert.Equal((AuditKind.KeysIssued, "widevine_test", "demo-log"), (entry.Kind, entry.Actor, entry.ContentId));
        Assert.Equal(["HD", "SD"], entry.Keys.Select(key => key.Track).Order());
    }

    [Fact]
    public async Task A_content_id_that_is_not_text_is_named_in_hex()
    {
        var inner = JsonSerializer.Serialize(new { content_id = Convert.ToBase64String([0xFF, 0x00, 0x01]), tracks = new[] { new { type = "SD" } } });
        Assert.Equal("OK", Status(await AskAsync(Sign(inner))));
        Assert.Single(await _door.Vault.Keys.FindInfoByContentAsync("0xff0001"));
    }

    /// <summary>Mutated envelopes and messages: always HTTP 200 with a status, never an exception.</summary>
    [Fact]
    public async Task Mutations_never_break_the_door()
    {
        var random = new Random(20260301);
        var seed = Encoding.UTF8.GetBytes(Inner("demo-fuzz", "CBCS", ["SD", "AUDIO"], (0, 2)));
        for (var i = 0; i < 2000; i++)
        {
            var bytes = (byte[])seed.Clone();
            for (var flips = random.Next(1, 6); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var length = random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length;
            Assert.NotEqual("INTERNAL_ERROR", Status(await AskAsync(Sign(bytes[..length], "widevine_test", SignAes))));
        }
    }

    private static string Inner(string contentId, string scheme, params string[] tracks) => Inner(contentId, scheme, tracks, null);

    private static string Inner(string contentId, string scheme, string[] tracks, (int First, int Count)? periods)
    {
        var message = new Dictionary<string, object>
        {
            ["content_id"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(contentId)),
            ["policy"] = "",
            ["tracks"] = tracks.Select(type => new { type }).ToArray(),
            ["drm_types"] = new[] { "WIDEVINE" },
            ["protection_scheme"] = scheme,
        };
        if (periods is { } range)
        {
            message["first_crypto_period_index"] = range.First;
            message["crypto_period_count"] = range.Count;
            message["crypto_period_seconds"] = 10;
        }

        return JsonSerializer.Serialize(message);
    }

    private static object Sign(string inner, string signer = "widevine_test", Func<byte[], byte[]>? sign = null) => Sign(Encoding.UTF8.GetBytes(inner), signer, sign ?? SignAes);

    private static object Sign(byte[] inner, string signer, Func<byte[], byte[]> sign) =>
        new { request = Convert.ToBase64String(inner), signature = Convert.ToBase64String(sign(inner)), signer };

    private static byte[] SignAes(byte[] message)
    {
        using var aes = Aes.Create();
        aes.Key = TestKey;
        return aes.EncryptCbc(SHA1.HashData(message), TestIv);
    }

    private static string? Status(JsonElement answer) => answer.GetProperty("status").GetString();

    private static List<(int Period, string Type, string Key)> Periods(JsonElement answer) =>
    [
        .. answer.GetProperty("tracks").EnumerateArray().Select(track =>
            (track.GetProperty("crypto_period_index").GetInt32(), track.GetProperty("type").GetString()!, track.GetProperty("key").GetString()!)),
    ];

    private async Task<JsonElement> AskAsync(object envelope)
    {
        using var response = await _door.Http.PostAsJsonAsync("/cenc/getcontentkey/widevine_test", envelope);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var outer = await response.Content.ReadFromJsonAsync<JsonElement>();
        using var inner = JsonDocument.Parse(outer.GetProperty("response").GetBytesFromBase64());
        return inner.RootElement.Clone();
    }

    private Task<IReadOnlyList<AuditRecord>> EntriesAsync() => _door.Vault.EntriesAsync();
}
