using System.Buffers.Text;
using DrmHub.Cenc;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests;

public sealed class ClearKeyTests : IAsyncLifetime
{
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;

    public async Task InitializeAsync()
    {
        _door = await LicenseDoor.OpenAsync();
        _title = await _door.CreateKeysAsync("demo-title", TrackType.Audio, TrackType.SD, TrackType.HD);
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task The_licence_has_audio_and_sd_but_not_hd_and_says_so()
    {
        var answer = await _door.AskAsync(LicenseDoor.Challenge(_title.Values), _door.Token());
        Assert.Equal(200, answer.Status);
        Assert.Equal(new HashSet<KeyId> { _title["AUDIO"], _title["SD"] }, answer.KeyIds.ToHashSet());
        Assert.Equal("HD;reason=device.level", answer.Withheld);
        Assert.Equal("temporary", answer.Body.GetProperty("type").GetString());

        var stored = await _door.Vault.Keys.FindAsync([_title["SD"]]);
        var given = answer.Body.GetProperty("keys").EnumerateArray().Single(key => key.GetProperty("kid").GetString() == Base64Url.EncodeToString(_title["SD"].ToByteArray()));
        Assert.Equal(Base64Url.EncodeToString(stored[0].Key.Bytes), given.GetProperty("k").GetString());
        Assert.Equal("oct", given.GetProperty("kty").GetString());

        var entry = (await _door.Vault.EntriesAsync()).Single();
        Assert.Equal((AuditKind.LicenseGranted, "demo-title", "demo", "None"), (entry.Kind, entry.ContentId, entry.Deal, entry.SecurityLevel));
        Assert.Equal([("AUDIO", true, null), ("HD", false, ReasonCodes.DeviceLevel), ("SD", true, null)], entry.Keys.Select(key => (key.Track, key.Granted, key.Withheld)).Order());
        Assert.NotEmpty(entry.Trace);
        Assert.DoesNotContain("premium\"", System.Text.Encoding.UTF8.GetString(entry.Leaf.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("suspended", 403, ReasonCodes.EntitlementSuspended)]
    [InlineData("free", 403, ReasonCodes.EntitlementNone)]
    [InlineData("nobody", 403, ReasonCodes.EntitlementNone)]
    public async Task A_subscriber_without_the_right_is_refused_with_the_reason_and_an_entry(string subscriber, int status, string code)
    {
        var answer = await _door.AskAsync(LicenseDoor.Challenge(_title.Values), _door.Token(subscriber));
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal(code, Assert.Single(await _door.Vault.EntriesAsync()).ReasonCode);
    }

    [Fact]
    public async Task Unknown_titles_are_404_and_titles_outside_the_token_look_exactly_the_same()
    {
        var other = await _door.CreateKeysAsync("demo-other", TrackType.SD);
        var unknown = await _door.AskAsync(LicenseDoor.Challenge(KeyId.Parse("00112233445566778899aabbccddeeff")), _door.Token());
        var outside = await _door.AskAsync(LicenseDoor.Challenge(other.Values), _door.Token(change: claims => claims["content"] = new[] { "demo-title" }));
        Assert.Equal((404, ReasonCodes.ContentUnknown), (unknown.Status, unknown.Code));
        Assert.Equal((unknown.Status, unknown.Code, unknown.Detail), (outside.Status, outside.Code, outside.Detail));
    }

    [Fact]
    public async Task A_suspended_subscriber_learns_nothing_about_titles()
    {
        var known = await _door.AskAsync(LicenseDoor.Challenge(_title.Values), _door.Token("suspended"));
        var unknown = await _door.AskAsync(LicenseDoor.Challenge(KeyId.Parse("00112233445566778899aabbccddeeff")), _door.Token("suspended"));
        Assert.Equal((known.Status, known.Code, known.Detail), (unknown.Status, unknown.Code, unknown.Detail));
    }

    [Fact]
    public async Task A_title_without_a_deal_is_refused()
    {
        var other = await _door.CreateKeysAsync("other", TrackType.SD);
        var answer = await _door.AskAsync(LicenseDoor.Challenge(other.Values), _door.Token());
        Assert.Equal((403, ReasonCodes.DealNone), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_key_that_does_not_exist_does_not_spoil_the_others()
    {
        var answer = await _door.AskAsync(LicenseDoor.Challenge([_title["SD"], KeyId.Parse("00112233445566778899aabbccddeeff")]), _door.Token());
        Assert.Equal([_title["SD"]], answer.KeyIds);
    }

    [Fact]
    public async Task Labels_of_other_packagers_are_judged_by_what_their_keys_protect()
    {
        KeySpec[] specs =
        [
            new() { Track = "STEREO_AUDIO", Scheme = ProtectionScheme.Cbcs, MinChannels = 0, MaxChannels = 2 },
            new() { Track = "MOBILE", Scheme = ProtectionScheme.Cbcs, MinPixels = 0, MaxPixels = 300_000 },
            new() { Track = "HD1", Scheme = ProtectionScheme.Cbcs, MinPixels = 589_825, MaxPixels = 921_600 },
            new() { Track = "ALL", Scheme = ProtectionScheme.Cbcs, MinPixels = 0, MinChannels = 0 },
        ];
        var keys = await _door.Vault.Keys.GetOrCreateAsync("demo-labels", specs);
        var answer = await _door.AskAsync(LicenseDoor.Challenge(keys.Select(key => key.KeyId)), _door.Token());
        Assert.Equal(keys.Take(2).Select(key => key.KeyId).ToHashSet(), answer.KeyIds.ToHashSet());
        foreach (var key in keys) key.Dispose();
    }

    [Fact]
    public async Task Only_hd_is_refused_for_its_level()
    {
        var answer = await _door.AskAsync(LicenseDoor.Challenge(_title["HD"]), _door.Token());
        Assert.Equal((403, ReasonCodes.DeviceLevel), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_download_licence_needs_a_deal_for_downloads()
    {
        var body = LicenseDoor.Challenge(_title["SD"]).Replace("temporary", "persistent-license", StringComparison.Ordinal);
        Assert.Equal(ReasonCodes.DealUse, (await _door.AskAsync(body, _door.Token())).Code);
    }

    [Fact]
    public async Task A_download_is_granted_by_its_deal_takes_no_stream_and_is_given_back()
    {
        await _door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal with { Uses = new HashSet<ContentUse> { ContentUse.Stream, ContentUse.Download }, OfflineSeconds = 86_400, RenewSeconds = 3600 });
        var body = LicenseDoor.Challenge(_title["SD"]).Replace("temporary", "persistent-license", StringComparison.Ordinal);
        var answer = await _door.AskAsync(body, _door.Token());
        Assert.Equal((200, "persistent-license", "86400", "3600"), (answer.Status, answer.Body.GetProperty("type").GetString(), answer.Headers["X-DrmHub-Valid"], answer.Headers["X-DrmHub-Renew"]));
        Assert.Null(answer.Session);

        var released = await _door.SendAsync(HttpMethod.Post, "/license/clearkey/release", LicenseDoor.Challenge(_title["SD"]), _door.Token(), null);
        Assert.Equal((200, Base64Url.EncodeToString(_title["SD"].ToByteArray())), (released.Status, released.Body.GetProperty("kids")[0].GetString()));
        Assert.False(released.Body.TryGetProperty("keys", out _));
        Assert.Equal(AuditKind.LicenseReleased, (await _door.Vault.EntriesAsync())[0].Kind);
        Assert.Equal(401, (await _door.SendAsync(HttpMethod.Post, "/license/clearkey/release", body, null, null)).Status);
        Assert.Equal(400, (await _door.SendAsync(HttpMethod.Post, "/license/clearkey/release", "{}", _door.Token(), null)).Status);
    }

    [Theory]
    [InlineData("", ReasonCodes.ChallengeMalformed)]
    [InlineData("[]", ReasonCodes.ChallengeMalformed)]
    [InlineData("{}", ReasonCodes.ChallengeMalformed)]
    [InlineData("""{"kids":[]}""", ReasonCodes.ChallengeMalformed)]
    [InlineData("""{"kids":["AAAA"]}""", ReasonCodes.ChallengeMalformed)]
    [InlineData("""{"kids":["LwVHf8JLtPrv2GUXFW2v+A"]}""", ReasonCodes.ChallengeMalformed)]
    [InlineData("""{"kids":[1]}""", ReasonCodes.ChallengeMalformed)]
    [InlineData("""{"kids":["LwVHf8JLtPrv2GUXFW2v_A"],"type":"persistent-usage-record"}""", ReasonCodes.ChallengeUnsupported)]
    [InlineData("""{"kids":["\ud800"]}""", ReasonCodes.ChallengeMalformed)]
    public async Task A_bad_challenge_is_400_with_a_code_and_an_entry(string body, string code)
    {
        var answer = await _door.AskAsync(body, _door.Token());
        Assert.Equal((400, code), (answer.Status, answer.Code));
        Assert.Equal(code, Assert.Single(await _door.Vault.EntriesAsync()).ReasonCode);
    }

    [Fact]
    public async Task Mutated_challenges_never_break_the_door()
    {
        var random = new Random(20260302);
        var seed = LicenseDoor.Challenge(_title.Values);
        var token = _door.Token();
        for (var i = 0; i < 1500; i++)
        {
            var text = seed.ToCharArray();
            for (var flips = random.Next(1, 5); flips > 0; flips--) text[random.Next(text.Length)] = (char)random.Next(32, 300);
            var answer = await _door.AskAsync(new string(text, 0, random.Next(3) == 0 ? random.Next(text.Length) : text.Length), token);
            Assert.Contains(answer.Status, new[] { 200, 400, 403, 404 });
        }
    }

    [Fact]
    public async Task Cross_origin_pages_may_ask_and_read_what_was_withheld()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/license/clearkey");
        preflight.Headers.Add("Origin", "https://player.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        using var response = await _door.Http.SendAsync(preflight);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
    }
}
