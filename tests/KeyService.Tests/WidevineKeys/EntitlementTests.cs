using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.KeyService.Cpix;
using DrmHub.Vault.Audit;

namespace DrmHub.KeyService.Tests.WidevineKeys;

/// <summary>Requests with <c>enable_entitlement_license</c>.</summary>
public sealed class EntitlementTests : IAsyncLifetime
{
    private static readonly object[] Two = [new { type = "SD" }, new { type = "AUDIO" }];
    private KeyDoor _door = null!;

    public async Task InitializeAsync() => _door = await KeyDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task Content_keys_are_the_same_and_the_pssh_carries_them_wrapped()
    {
        var plain = await AskAsync(new { content_id = Base64("demo-a"), tracks = Two, protection_scheme = "CBCS", video_feature = "HDR" });
        var entitled = await AskAsync(new { content_id = Base64("demo-a"), tracks = Two, protection_scheme = "CBCS", policy = "hd-only", video_feature = "HDR", enable_entitlement_license = true });
        Assert.Equal(Tracks(plain).Select(Key), Tracks(entitled).Select(Key));
        foreach (var track in Tracks(entitled))
        {
            var pssh = Assert.Single(track.GetProperty("pssh").EnumerateArray().ToList());
            var boxes = PsshBox.ParseAll(pssh.GetProperty("boxes").GetBytesFromBase64());
            Assert.Equal([DrmSystemIds.Widevine, DrmSystemIds.Widevine], boxes.Select(box => box.SystemId));
            Assert.Equal(pssh.GetProperty("data").GetBytesFromBase64(), boxes[1].Data.ToArray());

            // First what every device understands, then what carries the keys.
            var (single, carrier) = (WidevinePsshData.Parse(boxes[0].Data.Span), WidevinePsshData.Parse(boxes[1].Data.Span));
            Assert.Equal((null, 2, 0), (single.Type, single.KeyIds.Count, single.EntitledKeys.Count));
            Assert.Equal(((WidevinePsshType?)WidevinePsshType.EntitledKey, 0, 2), (carrier.Type, carrier.KeyIds.Count, carrier.EntitledKeys.Count));
            Assert.Equal(("demo-a", "hd-only", (ProtectionScheme?)ProtectionScheme.Cbcs), (Encoding.UTF8.GetString(carrier.ContentId.Span), carrier.Policy, carrier.Scheme));
            Assert.Equal("7A03484452", Convert.ToHexString(carrier.UnknownFields.Span)); // field 15, 3 bytes, "HDR"
            Assert.Equal(track.GetProperty("key").GetBytesFromBase64(), await UnwrapAsync(carrier, new KeyId(track.GetProperty("key_id").GetBytesFromBase64())));
        }
    }

    [Fact]
    public async Task The_same_question_has_the_same_answer_byte_for_byte_on_every_node()
    {
        var question = new { content_id = Base64("demo-b"), tracks = Two, enable_entitlement_license = true };
        await using var other = await KeyDoor.OpenAsync(TimeProvider.System, _ => { }, of: _door.Vault);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => AskAsync(question, i % 2 == 0 ? _door : other)));
        Assert.Single(answers.Select(answer => answer.GetRawText()).Distinct());
    }

    [Fact]
    public async Task Every_crypto_period_is_wrapped_under_the_same_entitlement_keys()
    {
        var answer = await AskAsync(new { content_id = Base64("demo-live"), tracks = Two, first_crypto_period_index = 7, crypto_period_count = 5, crypto_period_seconds = 10, enable_entitlement_license = true });
        var next = await AskAsync(new { content_id = Base64("demo-live"), tracks = Two, first_crypto_period_index = 9, crypto_period_count = 5, crypto_period_seconds = 10, enable_entitlement_license = true });
        var carriers = Tracks(answer).Concat(Tracks(next)).Select(Carrier).ToList();
        Assert.Equal(2, carriers.SelectMany(carrier => carrier.EntitledKeys).Select(key => key.EntitlementKeyId).Distinct().Count());
        Assert.Equal([7u, 7u, 8u, 8u, 9u], carriers.Take(5).Select(carrier => carrier.CryptoPeriodIndex!.Value));
        Assert.All(carriers, carrier => Assert.Equal(10u, carrier.CryptoPeriodSeconds));
        Assert.Equal(Tracks(answer).Skip(4).Select(track => track.GetRawText()), Tracks(next).Take(6).Select(track => track.GetRawText()));
        foreach (var track in Tracks(answer))
            Assert.Equal(track.GetProperty("key").GetBytesFromBase64(), await UnwrapAsync(Carrier(track), new KeyId(track.GetProperty("key_id").GetBytesFromBase64())));
    }

    [Fact]
    public async Task A_group_has_entitlement_keys_of_its_own()
    {
        var one = await AskAsync(new { content_id = Base64("channel-1"), group_id = Base64("sports"), tracks = Two, enable_entitlement_license = true });
        var two = await AskAsync(new { content_id = Base64("channel-2"), group_id = Base64("sports"), tracks = Two, enable_entitlement_license = true });
        Assert.Equal(Tracks(one).Select(track => track.GetRawText()), Tracks(two).Select(track => track.GetRawText()));
        Assert.Equal("6A0673706F727473", Convert.ToHexString(Carrier(Tracks(one)[0]).UnknownFields.Span)); // field 13, 6 bytes, "sports"
        Assert.Equal(2, (await _door.Vault.Keys.Entitlements.FindByContentAsync("group:sports")).Count);
        Assert.Empty(await _door.Vault.Keys.Entitlements.FindByContentAsync("channel-1"));
    }

    [Fact]
    public async Task A_pssh_that_carries_keys_finds_them_for_decryption()
    {
        var made = await AskAsync(new { content_id = Base64("demo-p"), tracks = Two, first_crypto_period_index = 3, crypto_period_count = 1, enable_entitlement_license = true });
        await AskAsync(new { content_id = Base64("demo-p"), tracks = Two, protection_scheme = "CBCS" });
        var data = Tracks(made)[0].GetProperty("pssh")[0].GetProperty("data").GetString();
        var found = await AskAsync(new { pssh_data = data, tracks = Two });
        Assert.Equal(Tracks(made).Select(Key), Tracks(found).Select(Key));
        Assert.Equal(Carrier(Tracks(made)[0]).EntitledKeys, Carrier(Tracks(await AskAsync(new { pssh_data = data, crypto_period_seconds = 0, tracks = Two, enable_entitlement_license = true }))[0]).EntitledKeys, SameWrapping);
    }

    [Fact]
    public async Task A_look_up_makes_no_entitlement_key()
    {
        var made = await AskAsync(new { content_id = Base64("4712"), tracks = Two });
        var data = Tracks(made)[0].GetProperty("pssh")[0].GetProperty("data").GetString();
        Assert.Equal("ASSET_MISSING_KEY", (await AskAsync(new { pssh_data = data, enable_entitlement_license = true })).GetProperty("status").GetString());
        Assert.Equal("ASSET_MISSING_KEY", (await AskAsync(new { asset_id = 4712, enable_entitlement_license = true })).GetProperty("status").GetString());
        Assert.Empty(await _door.Vault.Keys.Entitlements.FindByContentAsync("4712"));
    }

    [Fact]
    public async Task An_id_of_an_entitlement_key_names_no_key_for_a_packager()
    {
        await AskAsync(new { content_id = Base64("demo-n"), tracks = Two, enable_entitlement_license = true });
        using var entitlement = (await _door.Vault.Keys.Entitlements.FindByContentAsync("demo-n"))[0];
        Assert.Equal("ASSET_NOT_FOUND", (await AskAsync(new { pssh_data = Convert.ToBase64String(new WidevinePsshData { KeyIds = [entitlement.KeyId] }.ToByteArray()) })).GetProperty("status").GetString());

        // A pssh of type ENTITLEMENT lists entitlement keys: without a content id it names no content key at all.
        var listed = new WidevinePsshData { Type = WidevinePsshType.Entitlement, KeyIds = [entitlement.KeyId] };
        Assert.Equal("INVALID_WIDEVINE_PSSH", (await AskAsync(new { pssh_data = Convert.ToBase64String(listed.ToByteArray()) })).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Cpix_for_the_same_content_has_the_content_keys_and_no_other()
    {
        var made = await AskAsync(new { content_id = Base64("demo-cpix"), tracks = Two, enable_entitlement_license = true });
        var document = CpixDocument.Load(await _door.Http.GetByteArrayAsync("/cpix/demo-cpix?scheme=cenc&tracks=SD,AUDIO"));
        Assert.Equal(
            Tracks(made).Select(track => Convert.ToHexStringLower(track.GetProperty("key_id").GetBytesFromBase64())).Order(),
            document.ContentKeys.Select(key => key.Kid.ToHex()).Order());
    }

    [Fact]
    public async Task The_log_says_under_which_keys_the_keys_went_out_wrapped()
    {
        await AskAsync(new { content_id = Base64("demo-log"), tracks = Two, enable_entitlement_license = true });
        var keys = await _door.Vault.Keys.Entitlements.GetOrCreateAsync("demo-log", ["SD", "AUDIO"]);
        var entry = (await _door.Vault.EntriesAsync()).Single(each => each.Kind == AuditKind.KeysIssued);
        Assert.Equal(string.Join(' ', keys.Select(key => key.KeyId.ToHex())), entry.Details["entitlement_keys"]);
        Assert.DoesNotContain(entry.Keys, issued => keys.Any(key => key.KeyId == issued.KeyId));
    }

    private static byte[] Decrypt(byte[] key, WidevineEntitledKey wrapped)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return aes.DecryptCbc(wrapped.WrappedKey.Span, wrapped.Iv.Span, PaddingMode.None);
    }

    private async Task<byte[]> UnwrapAsync(WidevinePsshData carrier, KeyId keyId)
    {
        var wrapped = carrier.EntitledKeys.Single(key => key.KeyId == keyId);
        Assert.Equal(32, wrapped.EntitlementKeySize);
        using var entitlement = Assert.Single(await _door.Vault.Keys.Entitlements.FindAsync([wrapped.EntitlementKeyId]));
        return Decrypt(entitlement.Entitlement!.Bytes.ToArray(), wrapped);
    }

    private Task<JsonElement> AskAsync(object inner) => AskAsync(inner, _door);

    private static async Task<JsonElement> AskAsync(object inner, KeyDoor door)
    {
        using var response = await door.Http.PostAsJsonAsync("/cenc/getcontentkey/widevine_test", new { request = Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(inner)) });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonElement.Parse((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("response").GetBytesFromBase64());
    }

    private static List<JsonElement> Tracks(JsonElement answer)
    {
        Assert.True(answer.GetProperty("status").GetString() == "OK", answer.GetRawText());
        return [.. answer.GetProperty("tracks").EnumerateArray()];
    }

    private static string Key(JsonElement track) => track.GetProperty("key_id").GetString() + track.GetProperty("key").GetString();

    private static WidevinePsshData Carrier(JsonElement track) => WidevinePsshData.Parse(track.GetProperty("pssh")[0].GetProperty("data").GetBytesFromBase64());

    private static bool SameWrapping(WidevineEntitledKey one, WidevineEntitledKey other) =>
        one.KeyId == other.KeyId && one.EntitlementKeyId == other.EntitlementKeyId && one.WrappedKey.Span.SequenceEqual(other.WrappedKey.Span) && one.Iv.Span.SequenceEqual(other.Iv.Span);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
