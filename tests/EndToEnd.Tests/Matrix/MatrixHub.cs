using System.Security.Cryptography.X509Certificates;
using DrmHub.Cenc;
using DrmHub.Host.Hosting;
using DrmHub.Host.Tokens;
using DrmHub.KeyService;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.Devices.Widevine;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.EndToEnd.Tests.Matrix;

/// <summary>
/// Two hubs with the same titles, deals and subscribers. The first forwards everything to the sandbox inside it, as a development hub does;
/// the second answers FairPlay with its own module and PlayReady through an own server, both simulated.
/// </summary>
public sealed class MatrixHub : IAsyncLifetime
{
    /// <summary>Durations of the deals, in seconds.</summary>
    internal const int LicenseSeconds = 3600, OfflineSeconds = 86_400, RentalSeconds = 7200, PlaybackSeconds = 600;

    /// <summary>Name of a Widevine L1 device whose certificate is on a revocation list.</summary>
    internal const string RevokedDevice = "lost";

    internal static readonly string[] Contents = ["m-main", "m-rent", "m-nodeal", "m-notopen", "m-closed", "m-india", "m-stream", "m-open"];

    private readonly List<string> _folders = [Directory.CreateTempSubdirectory("drmhub-matrix-").FullName, Directory.CreateTempSubdirectory("drmhub-matrix-").FullName];
    private readonly Dictionary<string, ISimulatedDevice> _devices = [];
    private readonly List<HubProcess> _hubs = [];
    private readonly List<Dictionary<string, MatrixTitle>> _titles = [];
    private readonly List<LocalTokenKey> _tokenKeys = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    internal DeviceClient Client => new(_http);

    public async Task InitializeAsync()
    {
        foreach (var folder in _folders) _titles.Add(await SeedAsync(folder));
        _hubs.Add(await HubProcess.StartAsync(_folders[0]));
        _hubs.Add(await HubProcess.StartAsync(_folders[1], OwnServers(_hubs[0].Address, _folders[1])));
        _tokenKeys.AddRange(_folders.Select(LocalTokenKey.OpenOrCreate));
        foreach (var kind in SimulatedDevices.Kinds) _devices[kind] = SimulatedDevices.Create(kind, "matrix");
    }

    public async Task DisposeAsync()
    {
        foreach (var hub in _hubs) await hub.DisposeAsync();
        foreach (var key in _tokenKeys) key.Dispose();
        foreach (var device in _devices.Values) device.Dispose();
        _http.Dispose();
        foreach (var folder in _folders) Directory.Delete(folder, recursive: true);
    }

    internal ISimulatedDevice Device(string kind) => _devices[kind];

    internal MatrixTitle Title(int hub, string contentId) => _titles[hub][contentId];

    internal string Token(int hub, string subscriber, TimeSpan? lifetime = null, string? country = "IN", string[]? content = null, string? device = null) =>
        new TokenIssuer(_tokenKeys[hub], TimeProvider.System).ForPlayer(new PlayerClaims { Subscriber = subscriber, Lifetime = lifetime ?? TimeSpan.FromMinutes(10), Country = country, Content = content ?? [], Device = device });

    /// <summary>Another hub with the same titles, deals and subscribers that takes a token once, and two requests of a subscriber.</summary>
    /// <returns>Its number.</returns>
    internal async Task<int> AddStrictAsync()
    {
        var folder = Directory.CreateTempSubdirectory("drmhub-matrix-").FullName;
        _folders.Add(folder);
        _titles.Add(await SeedAsync(folder));
        _hubs.Add(await HubProcess.StartAsync(folder, "--Tokens:SingleUse=true", "--Limits:SubscriberPerSecond=0.0001", "--Limits:SubscriberBurst=2"));
        _tokenKeys.Add(LocalTokenKey.OpenOrCreate(folder));
        return _hubs.Count - 1;
    }

    internal Uri LicenseUrl(int hub, DrmSystem system, bool offline) => new(_hubs[hub].Address, system switch
    {
        DrmSystem.Widevine => "/license/widevine",
        DrmSystem.PlayReady => offline ? "/license/playready?use=download" : "/license/playready",
        _ => offline ? "/license/fairplay?offline=true" : "/license/fairplay",
    });

    private static async Task<Dictionary<string, MatrixTitle>> SeedAsync(string folder)
    {
        var configuration = new ConfigurationBuilder().Build();
        await using var state = await HubState.OpenAsync(new HubSettings(folder, "http://127.0.0.1:0", []), configuration, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        var titles = new Dictionary<string, MatrixTitle>();
        foreach (var contentId in Contents)
        {
            var keys = await new KeyIssuer(state.Vault.Keys, state.Audit).GetOrCreateAsync(contentId, MatrixTitle.Specs(), "matrix", "test", CancellationToken.None);
            titles[contentId] = new MatrixTitle(
                contentId,
                MatrixTitle.Tracks.ToDictionary(track => track, track => keys[(int)track].KeyId),
                keys.ToDictionary(key => key.KeyId, key => key.Key.Bytes.ToArray()));
            foreach (var key in keys) key.Dispose();
        }

        foreach (var deal in Deals()) await state.Rights.PutDealAsync(deal);
        foreach (var subscriber in Subscribers()) await state.Rights.PutSubscriberAsync(subscriber);
        using var lost = new WidevineDevice(WidevineLevel.L1, RevokedDevice);
        var revoked = new RevocationList { Id = "lost", CertificateSerials = new HashSet<string> { lost.CertificateSerial } };
        await state.Rights.ChangeAsync([RightsChange.Put(RightsKinds.Revocations, revoked)], RightsActor.Hub);
        return titles;
    }

    private static IEnumerable<Deal> Deals()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var main = new Deal
        {
            Id = "m-main",
            Name = "Main",
            Content = new ContentSelector { Patterns = ["m-main"] },
            Plans = new HashSet<string> { "gold" },
            Uses = new HashSet<ContentUse> { ContentUse.Stream, ContentUse.Download },
            LicenseSeconds = LicenseSeconds,
            OfflineSeconds = OfflineSeconds,
        };
        yield return main;
        yield return For("m-notopen") with { OpensMs = now + 86_400_000 };
        yield return For("m-closed") with { ClosesMs = now - 1000 };
        yield return For("m-india") with { Territories = new HashSet<string> { "IN" } };
        yield return For("m-stream") with { Uses = new HashSet<ContentUse> { ContentUse.Stream } };
        yield return For("m-open") with { ClearKeyAllowed = true };
        yield return For("m-rent") with { Model = CommercialModel.Rental, Plans = new HashSet<string>(), RentalSeconds = RentalSeconds, PlaybackSeconds = PlaybackSeconds };
        Deal For(string contentId) => main with { Id = contentId, Name = contentId, Content = new ContentSelector { Patterns = [contentId] } };
    }

    private static IEnumerable<Subscriber> Subscribers()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        yield return new Subscriber { Id = "gold", Subscriptions = [new Subscription("gold")] };
        yield return new Subscriber { Id = "solo", MaxStreams = 1, Subscriptions = [new Subscription("gold")] };
        yield return new Subscriber { Id = "robbed", Subscriptions = [new Subscription("gold")], Devices = [new Device { Id = "stolen", Revoked = true }] };
        yield return new Subscriber { Id = "free", Subscriptions = [new Subscription("free")] };
        yield return new Subscriber { Id = "ended", Subscriptions = [new Subscription("gold", UntilMs: now - 1000)] };
        yield return new Subscriber { Id = "suspended", Status = SubscriberStatus.Suspended, Subscriptions = [new Subscription("gold")], Rentals = [new Rental { Content = "m-rent", FromMs = now }] };
        yield return new Subscriber { Id = "late", Rentals = [new Rental { Content = "m-rent", FromMs = now - (2 * PlaybackSeconds * 1000), FirstPlayMs = now - ((PlaybackSeconds + 1) * 1000) }] };

        // One renter for each device: a first play starts the rental's clock.
        foreach (var kind in SimulatedDevices.Kinds)
        {
            yield return new Subscriber { Id = $"renter-{kind}", Rentals = [new Rental { Content = "m-rent", FromMs = now }] };
            yield return new Subscriber { Id = $"keeper-{kind}", Rentals = [new Rental { Content = "m-rent", FromMs = now }] };
            yield return new Subscriber { Id = $"single-{kind}", MaxDevices = 1, Subscriptions = [new Subscription("gold")] };
            yield return new Subscriber { Id = $"strict-{kind}", Subscriptions = [new Subscription("gold")] };
        }
    }

    /// <summary>Configuration of the second hub: FairPlay in the hub with the sandbox's secrets, PlayReady through the server that reads the policy header.</summary>
    private static string[] OwnServers(Uri sandbox, string folder)
    {
        using var certificate = SandboxFairPlay.OpenCertificate2048();
        using var older = SandboxFairPlay.OpenCertificate1024();
        string Write(string name, string text)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, text);
            return path;
        }

        string[] Credential(string section, string name, X509Certificate2 from)
        {
            using var key = from.GetRSAPrivateKey()!;
            return
            [
                $"--{section}:CertificateFile={Write($"{name}.cer", from.ExportCertificatePem())}",
                $"--{section}:PrivateKey=file:{Write($"{name}.pem", key.ExportPkcs8PrivateKeyPem())}",
                $"--{section}:Ask=file:{Write($"{name}.ask", Convert.ToHexString(SandboxFairPlay.Ask))}",
            ];
        }

        return
        [
            .. Credential("FairPlay", "fairplay-2048", certificate),
            .. Credential("FairPlay:More:0", "fairplay-1024", older),
            $"--FairPlay:DFunction:Assembly={typeof(SandboxDFunction).Assembly.Location}",
            "--Upstreams:PlayReady:0:Name=own",
            "--Upstreams:PlayReady:0:Kind=playready",
            $"--Upstreams:PlayReady:0:Url={new Uri(sandbox, "/sandbox/playready/own.asmx")}",
            $"--Upstreams:PlayReady:0:PolicyKey=file:{Write("policy.key", Convert.ToHexString([.. Enumerable.Range(0, 64).Select(number => (byte)number)]))}",
            "--Upstreams:PlayReady:0:PolicyKeyId=1",
        ];
    }
}
