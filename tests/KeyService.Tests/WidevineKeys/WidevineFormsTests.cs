using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.KeyService.Tests.WidevineKeys;

/// <summary>The forms beside a plain content id: groups, policies, pssh data, asset ids, and what each refuses with.</summary>
public sealed class WidevineFormsTests : IAsyncLifetime
{
    private static readonly object[] Sd = [new { type = "SD" }];
    private KeyDoor _door = null!;

    public async Task InitializeAsync() => _door = await KeyDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task Pssh_data_finds_the_keys_that_it_names_and_gives_them_unchanged()
    {
        var made = await AskAsync(new { content_id = Base64("demo-p"), tracks = All(), protection_scheme = "CBCS" });
        var pssh = Tracks(made)[0].GetProperty("pssh")[0];
        foreach (var form in (string[])["data", "boxes"])
        {
            var found = await AskAsync(new { pssh_data = pssh.GetProperty(form).GetString(), tracks = All() });
            Assert.Equal(Keys(made), Keys(found));
            Assert.Equal(pssh.GetProperty("data").GetString(), Tracks(found)[0].GetProperty("pssh")[0].GetProperty("data").GetString());
        }

        Assert.Equal(["HD"], Tracks(await AskAsync(new { pssh_data = pssh.GetProperty("data").GetString(), tracks = new[] { new { type = "HD" } } })).Select(Type));
        Assert.Equal(2, Tracks(await AskAsync(new { pssh_data = pssh.GetProperty("data").GetString() })).Count);
    }

    [Fact]
    public async Task Pssh_data_with_a_content_id_alone_finds_its_keys_by_scheme_and_period()
    {
        var plain = await AskAsync(new { content_id = Base64("demo-c"), tracks = All() });
        await AskAsync(new { content_id = Base64("demo-c"), tracks = All(), protection_scheme = "CBCS" });
        var live = await AskAsync(new { content_id = Base64("demo-c"), tracks = Sd, first_crypto_period_index = 3, crypto_period_count = 2 });

        Assert.Equal(Keys(plain), Keys(await AskAsync(new { pssh_data = Data(new WidevinePsshData { ContentId = "demo-c"u8.ToArray(), Scheme = ProtectionScheme.Cenc }) })));
        Assert.Equal(4, Tracks(await AskAsync(new { pssh_data = Data(new WidevinePsshData { ContentId = "demo-c"u8.ToArray() }) })).Count);
        Assert.Equal(
            [Tracks(live)[1].GetProperty("key").GetString()],
            Tracks(await AskAsync(new { pssh_data = Data(new WidevinePsshData { ContentId = "demo-c"u8.ToArray(), CryptoPeriodIndex = 4 }) })).Select(track => track.GetProperty("key").GetString()));
        Assert.Equal("NO_REQUESTED_CRYPTO_PERIODS", Status(await AskAsync(new { pssh_data = Data(new WidevinePsshData { ContentId = "demo-c"u8.ToArray(), CryptoPeriodIndex = 99 }) })));
    }

    [Fact]
    public async Task Key_ids_and_content_ids_that_do_not_belong_together_are_told_apart()
    {
        var a = Id(await AskAsync(new { content_id = Base64("demo-1"), tracks = Sd }));
        var b = Id(await AskAsync(new { content_id = Base64("demo-2"), tracks = Sd }));
        var nobody = KeyId.Parse("00112233445566778899aabbccddeeff");
        Assert.Equal("KEY_ID_MISMATCH", await StatusOfAsync(new WidevinePsshData { KeyIds = [a, b] }));
        Assert.Equal("CONTENT_ID_MISMATCH", await StatusOfAsync(new WidevinePsshData { KeyIds = [a], ContentId = "demo-2"u8.ToArray() }));
        Assert.Equal("ASSET_MISSING_KEY", await StatusOfAsync(new WidevinePsshData { KeyIds = [a, nobody] }));
        Assert.Equal("ASSET_NOT_FOUND", await StatusOfAsync(new WidevinePsshData { KeyIds = [nobody] }));
        Assert.Equal("ASSET_NOT_FOUND", await StatusOfAsync(new WidevinePsshData { ContentId = "demo-nobody"u8.ToArray() }));
        Assert.Equal("ASSET_MISSING_KEY", Status(await AskAsync(new { pssh_data = Data(new WidevinePsshData { KeyIds = [a] }), tracks = new[] { new { type = "HD" } } })));
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("demo-nobody"));
    }

    [Fact]
    public async Task An_asset_id_finds_the_content_of_that_number()
    {
        var made = await AskAsync(new { content_id = Base64("4711"), tracks = Sd });
        Assert.Equal(Keys(made), Keys(await AskAsync(new { asset_id = 4711, tracks = Sd })));
        Assert.Equal("ASSET_NOT_FOUND", Status(await AskAsync(new { asset_id = 4712, tracks = Sd })));
    }

    [Fact]
    public async Task Contents_of_a_group_share_their_keys_and_the_pssh_names_the_group()
    {
        var first = await AskAsync(new { content_id = Base64("channel-1"), group_id = Base64("sports"), tracks = Sd });
        var second = await AskAsync(new { content_id = Base64("channel-2"), group_id = Base64("sports"), tracks = Sd });
        var other = await AskAsync(new { content_id = Base64("channel-2"), group_id = Base64("news"), tracks = Sd });
        Assert.Equal(Keys(first), Keys(second));
        Assert.NotEqual(Keys(first), Keys(other));
        Assert.Single(await _door.Vault.Keys.FindInfoByContentAsync("group:sports"));
        var pssh = WidevinePsshData.Parse(Tracks(first)[0].GetProperty("pssh")[0].GetProperty("data").GetBytesFromBase64());
        Assert.Equal("group:sports"u8.ToArray(), pssh.ContentId.ToArray());
        Assert.Equal("6A0673706F727473", Convert.ToHexString(pssh.UnknownFields.Span)); // field 13, 6 bytes, "sports"
    }

    [Fact]
    public async Task A_known_policy_and_a_video_feature_go_into_the_pssh()
    {
        var answer = await AskAsync(new { content_id = Base64("demo-policy"), policy = "hd-only", video_feature = "HDR", tracks = Sd });
        var pssh = WidevinePsshData.Parse(Tracks(answer)[0].GetProperty("pssh")[0].GetProperty("data").GetBytesFromBase64());
        Assert.Equal("hd-only", pssh.Policy);
        Assert.Equal("7A03484452", Convert.ToHexString(pssh.UnknownFields.Span)); // field 15, 3 bytes, "HDR"
    }

    [Fact]
    public async Task Values_may_be_written_as_protocol_buffers_write_them_in_json()
    {
        var plain = await AskAsync(new { content_id = Base64("demo-enum"), tracks = Sd, protection_scheme = "CBCS" });
        Assert.Equal(Keys(plain), Keys(await AskAsync(new { content_id = Base64("demo-enum"), tracks = Sd, protection_scheme = 1667392371 })));
        var cenc = Keys(await AskAsync(new { content_id = Base64("demo-enum"), tracks = Sd, protection_scheme = "CENC" }));
        Assert.Equal(cenc, Keys(await AskAsync(new { content_id = Base64("demo-enum"), tracks = Sd, protection_scheme = "UNSPECIFIED" })));
        Assert.Equal(cenc, Keys(await AskAsync(new { content_id = Base64("demo-enum"), tracks = Sd, protection_scheme = 0 })));

        // A first period without a count is one period.
        var one = await AskAsync(new { content_id = Base64("demo-enum"), tracks = Sd, first_crypto_period_index = 4 });
        Assert.Equal(4, Assert.Single(Tracks(one)).GetProperty("crypto_period_index").GetInt32());
    }

    [Fact]
    public async Task The_answer_says_the_content_id_that_it_is_about()
    {
        var made = await AskAsync(new { content_id = Base64("channel-9"), group_id = Base64("news"), tracks = Sd });
        Assert.Equal(Base64("channel-9"), made.GetProperty("content_id").GetString());
        var plain = await AskAsync(new { content_id = Base64("channel-9"), tracks = Sd });
        Assert.Equal(Base64("channel-9"), plain.GetProperty("content_id").GetString());
        Assert.Equal(Base64("channel-9"), (await AskAsync(new { pssh_data = Data(new WidevinePsshData { KeyIds = [Id(plain)] }), tracks = Sd })).GetProperty("content_id").GetString());
    }

    [Fact]
    public async Task A_video_feature_has_video_keys_of_its_own_and_shares_the_sound()
    {
        object[] tracks = [new { type = "HD" }, new { type = "UHD2" }, new { type = "AUDIO" }];
        var sdr = await AskAsync(new { content_id = Base64("demo-hdr"), tracks });
        var hdr = await AskAsync(new { content_id = Base64("demo-hdr"), video_feature = "HDR", tracks, enable_entitlement_license = true });
        Assert.Equal(["HD", "UHD2", "AUDIO"], Tracks(hdr).Select(Type));
        Assert.Equal([true, false, false], Keys(sdr).Zip(Keys(hdr), (one, other) => one == other));
        Assert.Equal(Keys(hdr), Keys(await AskAsync(new { content_id = Base64("demo-hdr"), video_feature = "HDR", tracks })));

        // Found again by key id, and by what the request names.
        Assert.Equal(Keys(hdr), Keys(await AskAsync(new { pssh_data = Tracks(hdr)[0].GetProperty("pssh")[0].GetProperty("data").GetString(), tracks })));
        var byContent = Data(new WidevinePsshData { ContentId = "demo-hdr"u8.ToArray() });
        Assert.Equal(Keys(sdr).Order(), Keys(await AskAsync(new { pssh_data = byContent, tracks })).Order());
        Assert.Equal(Keys(hdr).Order(), Keys(await AskAsync(new { pssh_data = byContent, video_feature = "HDR", tracks })).Order());
        Assert.Equal("ASSET_MISSING_KEY", Status(await AskAsync(new { pssh_data = byContent, video_feature = "Other", tracks = new[] { new { type = "HD" } } })));

        // What the keys protect is that of their track type, for content keys and entitlement keys alike.
        foreach (var keys in (IReadOnlyList<VaultKeyInfo>[])[await _door.Vault.Keys.FindInfoByContentAsync("demo-hdr"), [.. (await _door.Vault.Keys.Entitlements.FindByContentAsync("demo-hdr")).Select(key => key.Info)]])
        {
            var judged = keys.ToDictionary(key => key.Track, key => RequestedKeys.From(key).Track);
            Assert.Equal((TrackType.HD, null, TrackType.Audio), (judged["HD_HDR"], judged["UHD2_HDR"], judged["AUDIO"]));
        }
    }

    [Theory]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","pssh_data":"AAAA","tracks":[{"type":"SD"}]}""", "TOO_MANY_CONTENT_SPECIFIERS")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","asset_id":1,"tracks":[{"type":"SD"}]}""", "TOO_MANY_CONTENT_SPECIFIERS")]
    [InlineData("""{"pssh_data":"AAAA","asset_id":1}""", "TOO_MANY_CONTENT_SPECIFIERS")]
    [InlineData("""{"pssh_data":"AAAA"}""", "INVALID_WIDEVINE_PSSH")]
    [InlineData("""{"pssh_data":"IgA="}""", "INVALID_WIDEVINE_PSSH")]
    [InlineData("""{"pssh_data":""}""", "CONTENT_ID_MISSING")]
    [InlineData("""{"asset_id":-1}""", "MALFORMED_REQUEST")]
    [InlineData("""{"asset_id":1,"group_id":"AAAA"}""", "MALFORMED_REQUEST")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","policy":"nobody's","tracks":[{"type":"SD"}]}""", "POLICY_UNKNOWN")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","group_id":"ZGVtby1iYWQ=","tracks":[{"type":"8K"}]}""", "INVALID_GROUP_TRACK_TYPE")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","enable_entitlement_license":true,"tracks":[]}""", "TRACK_TYPE_MISSING")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","enable_entitlement_license":"yes","tracks":[{"type":"SD"}]}""", "MALFORMED_REQUEST")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"drm_types":["PLAYREADY"],"first_crypto_period_index":0,"crypto_period_count":1}""", "KEY_ROTATION_WITH_UNSUPPORTED_DRM_TYPE")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"first_crypto_period_index":0,"crypto_period_count":0}""", "NO_REQUESTED_CRYPTO_PERIODS")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"crypto_period_count":3}""", "MALFORMED_REQUEST")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"protection_scheme":7}""", "MALFORMED_REQUEST")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"protection_scheme":99999999999}""", "MALFORMED_REQUEST")]
    [InlineData("""{"content_id":"ZGVtby1iYWQ=","tracks":[{"type":"SD"}],"protection_scheme":"XTS"}""", "MALFORMED_REQUEST")]
    public async Task Each_refusal_has_its_status_and_leaves_no_key(string inner, string status)
    {
        Assert.Equal(status, Status(await SendAsync(Encoding.UTF8.GetBytes(inner))));
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("demo-bad"));
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("group:demo-bad"));
        Assert.Empty(await _door.Vault.Keys.Entitlements.FindByContentAsync("demo-bad"));
    }

    [Fact]
    public async Task Entitlement_false_is_an_ordinary_request() =>
        Assert.Equal("OK", Status(await AskAsync(new { content_id = Base64("demo-e"), enable_entitlement_license = false, tracks = Sd })));

    [Fact]
    public async Task A_content_id_of_any_bytes_comes_back_in_the_pssh()
    {
        var answer = await AskAsync(new { content_id = Convert.ToBase64String([0xFF, 0, 1]), tracks = Sd });
        Assert.Equal([0xFF, 0, 1], WidevinePsshData.Parse(Tracks(answer)[0].GetProperty("pssh")[0].GetProperty("data").GetBytesFromBase64()).ContentId.ToArray());
    }

    [Fact]
    public async Task Mutated_pssh_data_always_gets_a_status()
    {
        var random = new Random(20260302);
        var made = await AskAsync(new { content_id = Base64("demo-m"), tracks = All() });
        var seed = Tracks(made)[0].GetProperty("pssh")[0].GetProperty("boxes").GetBytesFromBase64();
        for (var i = 0; i < 500; i++)
        {
            var bytes = (byte[])seed.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Assert.NotEqual("INTERNAL_ERROR", Status(await AskAsync(new { pssh_data = Convert.ToBase64String(bytes) })));
        }
    }

    private static object[] All() => [new { type = "SD" }, new { type = "HD" }];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Data(WidevinePsshData data) => Convert.ToBase64String(data.ToByteArray());

    private static string? Status(JsonElement answer) => answer.GetProperty("status").GetString();

    private static string? Type(JsonElement track) => track.GetProperty("type").GetString();

    private static List<JsonElement> Tracks(JsonElement answer) => [.. answer.GetProperty("tracks").EnumerateArray()];

    private static List<string> Keys(JsonElement answer) => [.. Tracks(answer).Select(track => $"{Type(track)} {track.GetProperty("key_id").GetString()} {track.GetProperty("key").GetString()}").Order()];

    private static KeyId Id(JsonElement answer) => new(Tracks(answer)[0].GetProperty("key_id").GetBytesFromBase64());

    private async Task<string?> StatusOfAsync(WidevinePsshData pssh) => Status(await AskAsync(new { pssh_data = Data(pssh) }));

    private Task<JsonElement> AskAsync(object inner) => SendAsync(JsonSerializer.SerializeToUtf8Bytes(inner));

    private async Task<JsonElement> SendAsync(byte[] inner)
    {
        using var response = await _door.Http.PostAsJsonAsync("/cenc/getcontentkey/widevine_test", new { request = Convert.ToBase64String(inner) });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var outer = await response.Content.ReadFromJsonAsync<JsonElement>();
        using var document = JsonDocument.Parse(outer.GetProperty("response").GetBytesFromBase64());
        return document.RootElement.Clone();
    }
}
