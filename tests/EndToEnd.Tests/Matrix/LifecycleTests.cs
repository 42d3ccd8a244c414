using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;

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

    private Task<IReadOnlyList<DeviceVisit>> AskAsync(ISimulatedDevice device, LicenseWish wish, string subscriber) =>
        hub.Client.AskAsync(device, wish, hub.LicenseUrl(Forwarding, device.System, offline: false), hub.Token(Forwarding, subscriber));
}
