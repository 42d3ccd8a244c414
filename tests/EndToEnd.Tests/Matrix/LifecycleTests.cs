using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;

namespace DrmHub.EndToEnd.Tests.Matrix;

/// <summary>What follows the first licence: renewals that are decided again, releases, and what a failing service does to a player.</summary>
public sealed class LifecycleTests(MatrixHub hub) : IClassFixture<MatrixHub>
{
    private const int Forwarding = 0;

    [Theory]
    [InlineData("widevine-l1", "gold", null)]
    [InlineData("widevine-l3", "gold", null)]
    [InlineData("widevine-l3", "suspended", "entitlement.suspended")]
    [InlineData("widevine-l1", "free", "entitlement.none")]
    [InlineData("fairplay-main", "gold", null)]
    [InlineData("fairplay-main", "suspended", "entitlement.suspended")]
    public async Task A_renewal_is_decided_again(string kind, string renewer, string? reason)
    {
        var (title, device) = (hub.Title(Forwarding, "m-main"), hub.Device(kind));
        var wish = new LicenseWish { KeyIds = [title.KeyIds[MatrixTrack.SD]], ContentId = "m-main", Scheme = ProtectionScheme.Cbcs };
        using var first = Assert.Single(await AskAsync(device, wish, "gold"));
        Assert.NotNull(first.License);
        using var second = Assert.Single(await AskAsync(device, wish with { Kind = LicenseKind.Renewal, Existing = first.License }, renewer));
        Assert.Equal(reason, second.Refusal?.Code);
        if (reason is not null) return;
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(PlayVerdict.Plays, second.License!.Judge(title.KeyIds[MatrixTrack.SD], now, HdcpVersion.Hdcp22, now));
    }

    [Theory]
    [InlineData("gold")]
    [InlineData("suspended")]
    public async Task A_release_always_goes_through(string releaser)
    {
        var (title, device) = (hub.Title(Forwarding, "m-main"), hub.Device("widevine-l1"));
        var wish = new LicenseWish { KeyIds = [title.KeyIds[MatrixTrack.SD]], ContentId = "m-main", Scheme = ProtectionScheme.Cbcs, Offline = true };
        using var first = Assert.Single(await AskAsync(device, wish, "gold"));
        using var released = Assert.Single(await AskAsync(device, wish with { Kind = LicenseKind.Release, Existing = first.License }, releaser));
        Assert.True(released.License is { Keys.Count: 0 }, $"{released.Status} {released.Refusal}");
    }

    [Fact]
    public async Task An_account_with_one_stream_gets_a_second_only_after_the_first_was_given_back()
    {
        var (title, token) = (hub.Title(Forwarding, "m-main"), hub.Token(Forwarding, "solo"));
        var wish = new LicenseWish { KeyIds = [title.KeyIds[MatrixTrack.SD]], ContentId = "m-main", Scheme = ProtectionScheme.Cbcs };
        Task<IReadOnlyList<DeviceVisit>> Ask(string kind, LicenseWish asked, string with) => hub.Client.AskAsync(hub.Device(kind), asked, hub.LicenseUrl(Forwarding, hub.Device(kind).System, offline: false), with);
        using var first = Assert.Single(await Ask("widevine-l1", wish, token));
        Assert.NotNull(first.License);
        foreach (var kind in (string[])["widevine-l3", "playready-3000", "fairplay-main"])
        {
            using var second = Assert.Single(await Ask(kind, wish, hub.Token(Forwarding, "solo")));
            Assert.Equal((null, "stream.limit"), (second.License, second.Refusal?.Code));
        }

        using var released = Assert.Single(await Ask("widevine-l1", wish with { Kind = LicenseKind.Release, Existing = first.License }, token));
        Assert.Null(released.Refusal);
        using var third = Assert.Single(await Ask("widevine-l3", wish, hub.Token(Forwarding, "solo")));
        Assert.NotNull(third.License);
    }

    [Fact]
    public async Task A_revoked_device_gets_nothing_and_its_twin_does()
    {
        var title = hub.Title(Forwarding, "m-main");
        var wish = new LicenseWish { KeyIds = [title.KeyIds[MatrixTrack.SD]], ContentId = "m-main", Scheme = ProtectionScheme.Cbcs };
        foreach (var (name, reason) in ((string, string?)[])[(MatrixHub.RevokedDevice, "device.revoked"), ("twin", null)])
        {
            using var device = new WidevineDevice(WidevineLevel.L1, name);
            using var visit = Assert.Single(await AskAsync(device, wish, "gold"));
            Assert.Equal(reason, visit.Refusal?.Code);
            Assert.Equal(reason is null, visit.License is not null);
        }
    }

    public static TheoryData<string> Kinds => [.. SimulatedDevices.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_device_that_its_account_revoked_gets_nothing_in_any_system_and_the_account_s_other_devices_do(string kind)
    {
        var (title, device) = (hub.Title(Forwarding, "m-open"), hub.Device(kind));
        var wish = new LicenseWish { KeyIds = [title.KeyIds[MatrixTrack.SD]], ContentId = "m-open", Scheme = ProtectionScheme.Cbcs };
        foreach (var (name, reason) in ((string, string?)[])[("stolen", "device.revoked"), ("kept", null)])
        {
            using var visit = Assert.Single(await hub.Client.AskAsync(device, wish, hub.LicenseUrl(Forwarding, device.System, offline: false), hub.Token(Forwarding, "robbed", device: name)));
            Assert.Equal(reason, visit.Refusal?.Code);
            Assert.Equal(reason is null, visit.License is not null);
        }
    }

    [Theory]
    [InlineData("playready-150", new[] { (int)MatrixTrack.Audio, (int)MatrixTrack.SD })]
    [InlineData("playready-2000", new[] { (int)MatrixTrack.Audio, (int)MatrixTrack.SD, (int)MatrixTrack.HD720 })]
    [InlineData("widevine-l3", new[] { (int)MatrixTrack.Audio, (int)MatrixTrack.SD, (int)MatrixTrack.HD720 })]
    public async Task A_deal_that_allows_Clear_Key_opens_SD_to_test_devices_and_no_more_to_others(string kind, int[] tracks)
    {
        var (title, device) = (hub.Title(Forwarding, "m-open"), hub.Device(kind));
        using var visit = Assert.Single(await AskAsync(device, new LicenseWish { KeyIds = [.. title.KeyIds.Values], ContentId = "m-open", Scheme = ProtectionScheme.Cbcs }, "gold"));
        Assert.Equal(tracks.Select(track => (MatrixTrack)track), visit.License!.Keys.Select(key => title.TrackOf(key.KeyId)).Order());
    }

    private Task<IReadOnlyList<DeviceVisit>> AskAsync(ISimulatedDevice device, LicenseWish wish, string subscriber) =>
        hub.Client.AskAsync(device, wish, hub.LicenseUrl(Forwarding, device.System, offline: false), hub.Token(Forwarding, subscriber));
}
