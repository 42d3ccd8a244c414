using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.LicenseProxy.Upstreams.Vendors;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using static DrmHub.LicenseProxy.Tests.Systems.WidevineWire;

namespace DrmHub.LicenseProxy.Tests.Systems;

/// <summary>Challenges whose pssh is of type ENTITLEMENT or ENTITLED_KEY, and what may never come of them.</summary>
public sealed class WidevineEntitlementTests : IAsyncLifetime
{
    private WidevineTestService _service = null!;
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _content = null!;
    private Dictionary<string, VaultKey> _entitlements = null!;

    public async Task InitializeAsync()
    {
        _service = await WidevineTestService.StartAsync();
        _door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams = [_service.Options()]);
        _content = await _door.CreateKeysAsync("demo-title", TrackType.Audio, TrackType.SD, TrackType.HD, TrackType.UHD1);
        _entitlements = (await _door.Vault.Keys.Entitlements.GetOrCreateAsync("demo-title", ["AUDIO", "SD", "HD", "UHD1"])).ToDictionary(key => key.Track);
    }

    public async Task DisposeAsync()
    {
        foreach (var key in _entitlements.Values) key.Dispose();
        await _door.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Theory]
    [InlineData(1, "AUDIO,HD,SD,UHD1", "AUDIO,HD,SD,UHD1")]
    [InlineData(3, "AUDIO,SD", "AUDIO,HD,SD,UHD1")]
    [InlineData(1, "SD", "SD")]
    public async Task The_service_gets_the_entitlement_keys_of_the_devices_level_and_no_content_key(int level, string granted, string carried)
    {
        _service.SecurityLevel = level;
        Assert.Equal(200, (await AskAsync(Challenge(Carrier([.. carried.Split(',')])))).Status);
        var specs = Specs(_service.Licences.Single());
        Assert.Equal(granted, string.Join(',', specs.Keys.Order(StringComparer.Ordinal)));
        foreach (var (track, spec) in specs)
        {
            Assert.Equal(_entitlements[track].KeyId.ToByteArray(), spec.GetProperty("key_id").GetBytesFromBase64());
            Assert.Equal(_entitlements[track].Entitlement!.Bytes.ToArray(), spec.GetProperty("key").GetBytesFromBase64());
            Assert.Equal(track switch { "UHD1" => 5, "HD" => 3, _ => 1 }, spec.GetProperty("security_level").GetInt32());
        }

        var entry = (await _door.Vault.EntriesAsync()).Single();
        Assert.Equal((AuditKind.LicenseGranted, "demo-title", "entitlement"), (entry.Kind, entry.ContentId, entry.Details["keys"]));
        Assert.Equal(carried.Split(',').Select(track => (_entitlements[track].KeyId, granted.Split(',').Contains(track))).Order(), entry.Keys.Select(key => (key.KeyId, key.Granted)).Order());
    }

    [Fact]
    public async Task A_pssh_of_type_entitlement_asks_by_key_or_by_content()
    {
        await AskAsync(Challenge(new WidevinePsshData { Type = WidevinePsshType.Entitlement, KeyIds = [_entitlements["SD"].KeyId] }));
        Assert.Equal(["SD"], Specs(_service.Licences[^1]).Keys);
        await AskAsync(Challenge(new WidevinePsshData { Type = WidevinePsshType.Entitlement, ContentId = "demo-title"u8.ToArray() }));
        Assert.Equal(["AUDIO", "HD", "SD", "UHD1"], Specs(_service.Licences[^1]).Keys.Order(StringComparer.Ordinal));
        Assert.All(Specs(_service.Licences[^1]).Values, spec => Assert.Equal(32, spec.GetProperty("key").GetBytesFromBase64().Length));
    }

    [Fact]
    public async Task A_renewal_goes_on_with_the_entitlement_keys_and_is_decided_anew()
    {
        Assert.Equal(200, (await AskAsync(Challenge(Carrier("SD", "HD")))).Status);
        var token = _service.Licences.Single().GetProperty("session_init").GetProperty("provider_session_token").GetBytesFromBase64();
        Assert.Equal(200, (await AskAsync(ExistingRequest(2, token))).Status);
        var entry = (await _door.Vault.EntriesAsync())[0];
        Assert.Equal((AuditKind.LicenseRenewed, "demo-title", 2), (entry.Kind, entry.ContentId, entry.Keys.Count(key => key.Granted)));
        Assert.False(_service.Licences[^1].TryGetProperty("content_key_specs", out _));

        await _door.Vault.Rights.PutSubscriberAsync(new Subscriber { Id = "premium", Status = SubscriberStatus.Suspended, Subscriptions = [new("premium")] });
        Assert.Equal(403, (await AskAsync(ExistingRequest(2, token))).Status);
    }

    [Fact]
    public async Task Content_keys_are_given_where_a_challenge_names_both_kinds()
    {
        var single = new WidevinePsshData { KeyIds = [_content["SD"]], ContentId = "demo-title"u8.ToArray() };
        byte[] psshs = [.. Bytes(1, single.ToByteArray()), .. Bytes(1, Carrier("SD", "HD").ToByteArray()), .. Varint(2, 1), .. Bytes(3, new byte[16])];
        Assert.Equal(200, (await AskAsync(Signed(1, [.. Bytes(2, Bytes(1, psshs)), .. Varint(3, 1), .. Bytes(8, Bytes(3, [9]))]))).Status);
        var spec = Assert.Single(Specs(_service.Licences.Single())).Value;
        Assert.Equal(_content["SD"].ToByteArray(), spec.GetProperty("key_id").GetBytesFromBase64());
        Assert.Equal(16, spec.GetProperty("key").GetBytesFromBase64().Length);
    }

    [Fact]
    public async Task A_common_box_beside_the_carrier_changes_nothing()
    {
        byte[] boxes = [.. PsshBox.ForWidevine(Carrier("SD")).ToByteArray(), .. PsshBox.ForCommon([_content["HD"]]).ToByteArray()];
        Assert.Equal(200, (await AskAsync(Signed(1, [.. Bytes(2, Bytes(4, [.. Varint(1, 1), .. Bytes(2, boxes), .. Varint(3, 1)])), .. Varint(3, 1), .. Bytes(8, Bytes(3, [9]))]))).Status);
        Assert.Equal(32, Assert.Single(Specs(_service.Licences.Single())).Value.GetProperty("key").GetBytesFromBase64().Length);
    }

    /// <summary>Neither kind of key answers a question for the other, whichever way it is put.</summary>
    [Fact]
    public async Task An_id_of_one_kind_finds_nothing_of_the_other()
    {
        var entitlement = _entitlements["SD"].KeyId;
        foreach (var challenge in (byte[][])
                 [
                     NewRequest([entitlement]),
                     Challenge(new WidevinePsshData { Type = WidevinePsshType.Entitlement, KeyIds = [_content["SD"]] }),
                     Challenge(new WidevinePsshData { Type = WidevinePsshType.EntitledKey, EntitledKeys = [new WidevineEntitledKey(_content["SD"], _content["SD"], new byte[16], new byte[16], 32)] }),
                 ])
        {
            var (status, body) = await AskAsync(challenge);
            Assert.Equal((404, ReasonCodes.ContentUnknown), (status, Code(body)));
        }

        var clear = await _door.AskAsync(LicenseDoor.Challenge(entitlement), _door.Token());
        Assert.Equal((404, ReasonCodes.ContentUnknown), (clear.Status, clear.Code));
        using var raw = new HttpRequestMessage(HttpMethod.Get, "/key/" + entitlement);
        raw.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _door.Token());
        using var answer = await _door.Http.SendAsync(raw);
        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Empty(_service.Licences);
    }

    [Fact]
    public async Task A_subscriber_without_the_right_gets_none_and_the_entry_says_why()
    {
        var (status, body) = await AskAsync(Challenge(Carrier("SD")), subscriber: "free");
        Assert.Equal((403, ReasonCodes.EntitlementNone), (status, Code(body)));
        Assert.Empty(_service.Licences);
    }

    [Fact]
    public async Task A_service_that_is_told_keys_in_another_way_is_not_asked()
    {
        await using var door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams =
        [
            new UpstreamOptions { Name = "vendor", System = DrmSystem.Widevine, Kind = UpstreamKind.Axinom, Url = _service.Http.Url, Credentials = new AxinomOptions("c0ffee", new byte[32]) },
        ]);
        using var key = (await door.Vault.Keys.Entitlements.GetOrCreateAsync("demo-title", ["SD"]))[0];
        var (status, body) = await AskAsync(Challenge(new WidevinePsshData { Type = WidevinePsshType.Entitlement, KeyIds = [key.KeyId] }), of: door);
        Assert.Equal((400, ReasonCodes.ChallengeUnsupported), (status, Code(body)));
        Assert.Empty(_service.Messages);
    }

    [Fact]
    public void More_keys_than_any_media_carries_are_refused()
    {
        var many = new WidevinePsshData
        {
            Type = WidevinePsshType.EntitledKey,
            EntitledKeys = [.. Enumerable.Range(0, 200).Select(i => new WidevineEntitledKey(new KeyId([.. BitConverter.GetBytes((long)i), .. new byte[8]]), _content["SD"], new byte[16], new byte[16], 32))],
        };
        Assert.Equal(ReasonCodes.ChallengeMalformed, Assert.Throws<ChallengeException>(() => WidevineChallenge.Parse(Challenge(many))).Reason);
    }

    private WidevinePsshData Carrier(params string[] tracks) => new()
    {
        ContentId = "demo-title"u8.ToArray(),
        Type = WidevinePsshType.EntitledKey,
        EntitledKeys = [.. tracks.Select(track => new WidevineEntitledKey(_entitlements[track].KeyId, _content[track], new byte[16], new byte[16], 32))],
    };

    private static byte[] Challenge(WidevinePsshData pssh) => Signed(1,
    [
        .. Bytes(2, Bytes(1, [.. Bytes(1, pssh.ToByteArray()), .. Varint(2, 1), .. Bytes(3, new byte[16])])), .. Varint(3, 1), .. Varint(4, 1_760_000_000), .. Varint(6, 21), .. Bytes(8, Bytes(3, [9, 9, 9])),
    ]);

    private async Task<(int Status, byte[] Body)> AskAsync(byte[] challenge, string subscriber = "premium", LicenseDoor? of = null)
    {
        var door = of ?? _door;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/widevine") { Content = new ByteArrayContent(challenge) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", door.Token(subscriber));
        using var response = await door.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }

    private static Dictionary<string, JsonElement> Specs(JsonElement message) =>
        message.GetProperty("content_key_specs").EnumerateArray().ToDictionary(spec => spec.GetProperty("track_type").GetString()!);

    private static string? Code(byte[] problem) => JsonElement.Parse(Encoding.UTF8.GetString(problem)).TryGetProperty("code", out var code) ? code.GetString() : null;
}
