using System.Net;
using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;

namespace DrmHub.EndToEnd.Tests.Matrix;

/// <summary>The refusals of the matrix that need a history or a weaker output: too many devices, a token used twice, asking too often, a screen without HDCP 2.2.</summary>
public sealed class LimitTests(MatrixHub hub) : IClassFixture<MatrixHub>
{
    private const int Forwarding = 0;

    /// <summary>PlayReady's SL150 may not have SD.</summary>
    public static TheoryData<string> Kinds => [.. SimulatedDevices.Kinds.Where(kind => kind != "playready-150")];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_account_with_one_device_gets_no_licence_for_a_second(string kind)
    {
        // A PlayReady challenge hides its device from everybody but the licence server: there the token names it.
        string? Named(string name) => kind.StartsWith("playready", StringComparison.Ordinal) ? name : null;
        using var second = SimulatedDevices.Create(kind, "second");
        var first = hub.Device(kind);
        using var granted = await AskAsync(first, hub.Token(Forwarding, $"single-{kind}", device: Named("first")));
        Assert.NotNull(granted.License);
        using var refused = await AskAsync(second, hub.Token(Forwarding, $"single-{kind}", device: Named("second")));
        Assert.Equal((null, "device.limit"), (refused.License, refused.Refusal?.Code));
        using var again = await AskAsync(first, hub.Token(Forwarding, $"single-{kind}", device: Named("first")));
        Assert.NotNull(again.License);
    }

    [Fact]
    public async Task A_token_counts_once_and_who_asks_too_often_waits()
    {
        var strict = await hub.AddStrictAsync();
        foreach (var kind in SimulatedDevices.Kinds.Where(kind => kind != "playready-150"))
        {
            var device = hub.Device(kind);
            var token = hub.Token(strict, $"strict-{kind}");
            using var first = await AskAsync(device, token, strict);
            Assert.True(first.License is not null, $"{kind}: {first.Refusal}");
            using var replayed = await AskAsync(device, token, strict);
            Assert.Equal((kind, null, "token.replayed"), (kind, replayed.License, replayed.Refusal?.Code));
            using var tooOften = await AskAsync(device, hub.Token(strict, $"strict-{kind}"), strict);
            Assert.Equal((kind, null, "rate.limited"), (kind, tooOften.License, tooOften.Refusal?.Code));

            // PlayReady clients take refusals as SOAP faults with 500, whatever the reason.
            Assert.Equal(device.System == DrmSystem.PlayReady ? 500 : (int)HttpStatusCode.TooManyRequests, tooOften.Status);
        }
    }

    [Theory]
    [InlineData("widevine-l1")]
    [InlineData("playready-3000")]
    [InlineData("fairplay-main")]
    public async Task UHD_does_not_leave_a_device_whose_output_is_below_HDCP_2_2(string kind)
    {
        using var device = SimulatedDevices.Create(kind, "old screen", HdcpVersion.Hdcp1);
        var uhd = hub.Title(Forwarding, "m-main").KeyIds[MatrixTrack.UHD];
        using var visit = await AskAsync(device, hub.Token(Forwarding, "gold"), track: MatrixTrack.UHD);

        // A FairPlay device says that it cannot be held to HDCP type 1, and gets no key; the others get it with the rule that their modules keep.
        if (device.System == DrmSystem.FairPlay)
        {
            Assert.Equal((null, "device.output"), (visit.License, visit.Refusal?.Code));
            return;
        }

        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(PlayVerdict.OutputTooLow, visit.License!.Judge(uhd, now, HdcpVersion.Hdcp1, now));
    }

    private async Task<DeviceVisit> AskAsync(ISimulatedDevice device, string token, int at = Forwarding, MatrixTrack track = MatrixTrack.SD)
    {
        var wish = new LicenseWish { KeyIds = [hub.Title(at, "m-main").KeyIds[track]], ContentId = "m-main", Scheme = ProtectionScheme.Cbcs };
        return Assert.Single(await hub.Client.AskAsync(device, wish, hub.LicenseUrl(at, device.System, offline: false), token));
    }
}
