using System.Text.Json;
using System.Text.Json.Nodes;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;
using DrmHub.Testing;
using static DrmHub.Sandbox.Tests.Widevine.WidevineCaller;

namespace DrmHub.Sandbox.Tests.Widevine;

/// <summary>Entitlement licences between devices and the simulated service; the wrapped key is one that other tools computed.</summary>
public sealed class EntitlementTests : IAsyncLifetime
{
    private static readonly JsonElement Vector = JsonElement.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "Vectors", "widevine-entitlement.json")));
    private static readonly KeyId Kid = new(Hex("keyId"));
    private SandboxDoor _door = null!;

    public async Task InitializeAsync() => _door = await SandboxDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    /// <summary>What a packager puts into media: the pssh for every device, then the one that carries the key.</summary>
    internal static byte[] Media() =>
    [
        .. PsshBox.ForWidevine(new WidevinePsshData { KeyIds = [Kid], ContentId = "demo"u8.ToArray() }).ToByteArray(),
        .. new PsshBox(DrmSystemIds.Widevine, [], Hex("psshData")).ToByteArray(),
        .. PsshBox.ForCommon([Kid]).ToByteArray(),
    ];

    [Theory]
    [InlineData(WidevineLevel.L1, PlayVerdict.Plays)]
    [InlineData(WidevineLevel.L3, PlayVerdict.LevelTooLow)]
    public async Task A_device_opens_what_the_media_carries_under_the_rules_of_the_entitlement_key(WidevineLevel level, PlayVerdict verdict)
    {
        using var device = new WidevineDevice(level, time: _door.Time);
        var challenge = device.Ask(new LicenseWish { InitData = Media() });
        using var license = challenge.Open((await _door.AskAsync(Message(challenge.Body, EntitlementSpec("UHD1", level: 5, hdcp: "HDCP_V2_2")))).License());
        var key = Assert.Single(license.Keys);
        Assert.Equal((Kid, Convert.ToHexString(Hex("contentKey"))), (key.KeyId, Convert.ToHexString(key.Key.Bytes)));
        var now = _door.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(verdict, license.Judge(Kid, now, HdcpVersion.Hdcp22));
        if (level == WidevineLevel.L1) Assert.Equal(PlayVerdict.OutputTooLow, license.Judge(Kid, now, HdcpVersion.Hdcp1));
    }

    [Fact]
    public async Task Later_boxes_bring_keys_without_another_licence()
    {
        using var device = new WidevineDevice(WidevineLevel.L1, time: _door.Time);
        var challenge = device.Ask(new LicenseWish { InitData = Media() });
        using var license = challenge.Open((await _door.AskAsync(Message(challenge.Body, EntitlementSpec("SD")))).License());
        using var entitlement = new EntitlementKey(Hex("entitlementKey"));
        using var next = ContentKey.Random();
        var nextId = KeyId.Parse("00000000000000000000000000000009");
        var carrier = new WidevinePsshData { Type = WidevinePsshType.EntitledKey, CryptoPeriodIndex = 4, EntitledKeys = [entitlement.Wrap(new KeyId(Hex("entitlementKeyId")), nextId, next)] };
        using var later = device.TakeEntitled(license, PsshBox.ForWidevine(carrier).ToByteArray());
        Assert.True(Assert.Single(later.Keys).Key.SameAs(next));
        Assert.Equal(PlayVerdict.Plays, later.Judge(nextId, _door.Time.GetUtcNow().ToUnixTimeMilliseconds(), HdcpVersion.None));

        // What is wrapped under a key that the licence does not hold stays closed.
        using var foreign = EntitlementKey.Random();
        var closed = new WidevinePsshData { Type = WidevinePsshType.EntitledKey, EntitledKeys = [foreign.Wrap(nextId, nextId, next)] };
        Assert.Empty(device.TakeEntitled(license, PsshBox.ForWidevine(closed).ToByteArray()).Keys);
    }

    [Fact]
    public async Task A_device_without_entitlements_takes_the_first_box_and_a_content_key()
    {
        using var device = new WidevineDevice(WidevineLevel.L3, "old", time: _door.Time, oemCryptoVersion: 13);
        var challenge = device.Ask(new LicenseWish { InitData = Media() });
        Assert.Equal("MALFORMED_REQUEST", (string?)(await _door.AskAsync(Message(challenge.Body, EntitlementSpec("SD"))))["status"]);
        var spec = Spec("SD", 1);
        spec["key_id"] = Convert.ToBase64String(Kid.ToByteArray());
        using var license = challenge.Open((await _door.AskAsync(Message(challenge.Body, spec))).License());
        Assert.Equal(Kid, Assert.Single(license.Keys).KeyId);
        Assert.Throws<SandboxException>(() => device.TakeEntitled(license, Media()));
    }

    [Fact]
    public async Task The_service_takes_no_content_key_for_an_entitlement_key()
    {
        using var device = new WidevineDevice(WidevineLevel.L1, time: _door.Time);
        var challenge = device.Ask(new LicenseWish { InitData = Media() });
        Assert.Equal("MALFORMED_REQUEST", (string?)(await _door.AskAsync(Message(challenge.Body, Spec("SD", 1))))["status"]);
    }

    private static JsonObject EntitlementSpec(string track, int level = 1, string? hdcp = null)
    {
        var spec = Spec(track, 1, level, hdcp);
        spec["key_id"] = Convert.ToBase64String(Hex("entitlementKeyId"));
        spec["key"] = Convert.ToBase64String(Hex("entitlementKey"));
        return spec;
    }

    private static byte[] Hex(string name) => Convert.FromHexString(Vector.GetProperty(name).GetString()!);
}
