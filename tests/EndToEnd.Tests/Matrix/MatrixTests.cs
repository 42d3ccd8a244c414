using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;

namespace DrmHub.EndToEnd.Tests.Matrix;

/// <summary>
/// Every simulated device × SD, HD, UHD × online, rental, offline × granted and each refusal, through a real hub and the simulated licence services:
/// what the device could open is exactly what the decision says.
/// </summary>
public sealed class MatrixTests(MatrixHub hub) : IClassFixture<MatrixHub>
{
    private const int Forwarding = 0, OwnServers = 1;

    private static readonly MatrixTrack[] Software = [MatrixTrack.Audio, MatrixTrack.SD, MatrixTrack.HD720];
    private static readonly MatrixTrack[] HardwareCrypto = [.. Software, MatrixTrack.HD1080];
    private static readonly MatrixTrack[] Hardware = [.. HardwareCrypto, MatrixTrack.UHD];

    /// <summary>The default policy, written down once more: the tracks that a device of each kind may have.</summary>
    private static readonly Dictionary<string, MatrixTrack[]> Allowed = new()
    {
        ["widevine-l1"] = Hardware,
        ["widevine-l2"] = HardwareCrypto,
        ["widevine-l3"] = Software,
        ["playready-3000"] = Hardware,
        ["playready-2000"] = Software,
        ["playready-150"] = [],
        ["fairplay-main"] = Hardware,
        ["fairplay-baseline"] = HardwareCrypto,
        ["fairplay-old"] = Software,
    };

    public static TheoryData<int, string, string> Granted()
    {
        var rows = new TheoryData<int, string, string>();
        foreach (var kind in SimulatedDevices.Kinds)
            foreach (var use in (string[])["online", "rental", "offline", "rental offline"])
                foreach (var at in kind.StartsWith("widevine", StringComparison.Ordinal) ? [Forwarding] : (int[])[Forwarding, OwnServers]) rows.Add(at, kind, use);
        return rows;
    }

    public static TheoryData<string, string> Refused()
    {
        string[] reasons =
        [
            "token.missing", "token.invalid", "token.expired", "content.unknown", "entitlement.none", "entitlement.expired", "entitlement.suspended",
            "deal.none", "deal.not_open", "deal.closed", "deal.territory", "deal.use",
        ];
        var rows = new TheoryData<string, string>();
        foreach (var kind in SimulatedDevices.Kinds)
            foreach (var reason in reasons) rows.Add(kind, reason);
        return rows;
    }

    [Theory]
    [MemberData(nameof(Granted))]
    public async Task A_device_opens_what_the_decision_grants_and_nothing_else(int at, string kind, string use)
    {
        var (isRented, isKept) = (use.StartsWith("rental", StringComparison.Ordinal), use.EndsWith("offline", StringComparison.Ordinal));
        var title = hub.Title(at, isRented ? "m-rent" : "m-main");
        var token = hub.Token(at, !isRented ? "gold" : isKept ? $"keeper-{kind}" : $"renter-{kind}");
        var visits = await AskAsync(at, kind, title, token, isKept);
        var licenses = visits.Select(visit => visit.License).OfType<OpenedLicense>().ToList();
        var opened = licenses.SelectMany(license => license.Keys).ToList();

        Assert.True(
            Allowed[kind].Order().SequenceEqual(opened.Select(key => title.TrackOf(key.KeyId)).Order()),
            $"{kind} {use} opened {string.Join(", ", opened.Select(key => title.TrackOf(key.KeyId)))}; {string.Join("; ", visits.Select(visit => $"{visit.Status} {visit.Refusal}").Distinct())}");
        foreach (var key in opened) Assert.Equal(title.Keys[key.KeyId], key.Key.Bytes.ToArray());

        // The policy's two outputs: UHD goes to HDCP 2.2 alone, and every key plays there.
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var license in licenses)
        {
            foreach (var key in license.Keys)
            {
                Assert.Equal(PlayVerdict.Plays, license.Judge(key.KeyId, now, HdcpVersion.Hdcp22, now));
                if (title.TrackOf(key.KeyId) == MatrixTrack.UHD) Assert.Equal(PlayVerdict.OutputTooLow, license.Judge(key.KeyId, now, HdcpVersion.Hdcp21, now));
                CheckDuration(license, key.KeyId, use, now);
            }

            Assert.Equal(isKept, license.Rules.Persistent);
        }

        foreach (var visit in visits) visit.Dispose();
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_refusal_leaves_no_key_anywhere_and_says_why(string kind, string reason)
    {
        var (contentId, subscriber, offline) = reason switch
        {
            "deal.none" => ("m-nodeal", "gold", false),
            "deal.not_open" => ("m-notopen", "gold", false),
            "deal.closed" => ("m-closed", "gold", false),
            "deal.territory" => ("m-india", "gold", false),
            "deal.use" => ("m-stream", "gold", true),
            "entitlement.none" => ("m-main", "free", false),
            "entitlement.expired" => ("m-main", "ended", false),
            "entitlement.suspended" => ("m-main", "suspended", false),
            _ => ("m-main", "gold", false),
        };
        var token = reason switch
        {
            "token.missing" => null,
            "token.invalid" => "eyJhbGciOiJub25lIn0.e30.",
            "token.expired" => hub.Token(Forwarding, subscriber, TimeSpan.FromMinutes(-5)),
            "content.unknown" => hub.Token(Forwarding, subscriber, content: ["another"]),
            "deal.territory" => hub.Token(Forwarding, subscriber, country: "US"),
            _ => hub.Token(Forwarding, subscriber),
        };
        var visits = await AskAsync(Forwarding, kind, hub.Title(Forwarding, contentId), token, offline);
        Assert.All(visits, visit =>
        {
            Assert.Null(visit.License);
            Assert.Equal(reason, visit.Refusal?.Code);
        });
    }

    [Theory]
    [InlineData("widevine-l3")]
    [InlineData("fairplay-old")]
    [InlineData("playready-2000")]
    [InlineData("playready-150")]
    public async Task A_device_below_the_level_that_asks_for_HD_or_UHD_alone_gets_nothing(string kind)
    {
        var title = hub.Title(Forwarding, "m-main");
        var device = hub.Device(kind);
        var wish = new LicenseWish { KeyIds = [title.KeyIds[MatrixTrack.HD1080], title.KeyIds[MatrixTrack.UHD]], ContentId = "m-main", Scheme = ProtectionScheme.Cbcs };
        var visits = await hub.Client.AskAsync(device, wish, hub.LicenseUrl(Forwarding, device.System, offline: false), hub.Token(Forwarding, "gold"));
        Assert.All(visits, visit => Assert.Null(visit.License));

        // PlayReady's level is seen by the licence service alone: its own fault comes through.
        if (device.System != DrmSystem.PlayReady) Assert.All(visits, visit => Assert.Equal("device.level", visit.Refusal?.Code));
    }

    [Theory]
    [InlineData("late", "entitlement.expired")]
    [InlineData("gold", "entitlement.none")]
    [InlineData("suspended", "entitlement.suspended")]
    public async Task A_rental_that_ended_or_never_was_opens_nothing(string subscriber, string reason)
    {
        foreach (var kind in SimulatedDevices.Kinds)
        {
            var visits = await AskAsync(Forwarding, kind, hub.Title(Forwarding, "m-rent"), hub.Token(Forwarding, subscriber), offline: false);
            Assert.All(visits, visit => Assert.Equal((null, reason), (visit.License, visit.Refusal?.Code)));
        }
    }

    [Theory]
    [InlineData(WidevineLevel.L1)]
    [InlineData(WidevineLevel.L2)]
    [InlineData(WidevineLevel.L3)]
    public async Task An_encrypted_identity_changes_nothing(WidevineLevel level)
    {
        using var device = new WidevineDevice(level, "private");
        var (url, token) = (hub.LicenseUrl(Forwarding, DrmSystem.Widevine, offline: false), hub.Token(Forwarding, "gold"));
        await hub.Client.UsePrivacyModeAsync(device, url, token);
        var title = hub.Title(Forwarding, "m-main");
        using var visit = Assert.Single(await hub.Client.AskAsync(device, new LicenseWish { KeyIds = [.. title.KeyIds.Values], ContentId = "m-main", Scheme = ProtectionScheme.Cbcs }, url, token));
        Assert.Equal(Allowed[$"widevine-{level}".ToLowerInvariant()].Order(), visit.License!.Keys.Select(key => title.TrackOf(key.KeyId)).Order());
    }

    private static void CheckDuration(OpenedLicense license, KeyId keyId, string use, long nowMs)
    {
        var seconds = use switch { "offline" => MatrixHub.OfflineSeconds, "rental" or "rental offline" => MatrixHub.PlaybackSeconds, _ => MatrixHub.LicenseSeconds };
        const int slack = 60; // requests take time, and PlayReady's dates are whole seconds
        Assert.Equal(PlayVerdict.Plays, license.Judge(keyId, nowMs + ((seconds - slack) * 1000L), HdcpVersion.Hdcp22, nowMs));
        Assert.NotEqual(PlayVerdict.Plays, license.Judge(keyId, nowMs + ((seconds + slack) * 1000L), HdcpVersion.Hdcp22, nowMs));
    }

    private async Task<IReadOnlyList<DeviceVisit>> AskAsync(int at, string kind, MatrixTitle title, string? token, bool offline)
    {
        var device = hub.Device(kind);
        var wish = new LicenseWish { KeyIds = [.. title.KeyIds.Values], ContentId = title.ContentId, Scheme = ProtectionScheme.Cbcs, Offline = offline };
        return await hub.Client.AskAsync(device, wish, hub.LicenseUrl(at, device.System, offline), token);
    }
}
