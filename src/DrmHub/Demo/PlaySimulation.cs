using System.Net;
using DrmHub.Cenc;
using DrmHub.Host.Tokens;
using DrmHub.Sandbox;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;
using DrmHub.Vault.Keys;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.Host.Demo;

/// <summary>
/// <c>POST /play/simulate</c>: a simulated device asks this hub's own licence route over HTTP, as a demo subscriber, and the answer says what the
/// device got. Development only, as all of <c>/play</c>.
/// </summary>
internal sealed class PlaySimulation(TokenIssuer tokens, KeyStore keys, IServer server, TimeProvider time) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };

    /// <param name="Device">One of <see cref="SimulatedDevices.Kinds"/>.</param>
    /// <param name="Offline">Ask for a licence to keep.</param>
    /// <param name="Privacy">Widevine: encrypt the device's identity.</param>
    /// <param name="Output">HDCP of the display: <c>none</c>, <c>1</c>, <c>2.0</c> to <c>2.3</c>; default <c>2.2</c>.</param>
    internal sealed record Question(string Subscriber, string Device, bool Offline = false, bool Privacy = false, string Output = "2.2");

    /// <param name="Tracks">The title's keys by track type; <c>Device.Keys</c> names them by key id.</param>
    internal sealed record Answer(string Subscriber, string ContentId, IReadOnlyList<Track> Tracks, DeviceReport Device);

    /// <param name="KeyId">32 hex digits.</param>
    internal sealed record Track(string Name, string KeyId);

    public static void Map(RouteGroupBuilder play)
    {
        play.MapGet("/devices", () => TypedResults.Ok(SimulatedDevices.Kinds));
        play.MapPost("/simulate", (Question question, PlaySimulation simulation, CancellationToken cancellationToken) => simulation.RunAsync(question, cancellationToken));
    }

    public void Dispose() => _http.Dispose();

    private async Task<Results<Ok<Answer>, ProblemHttpResult>> RunAsync(Question question, CancellationToken cancellationToken)
    {
        if (DemoData.Subscribers.All(subscriber => subscriber.Id != question.Subscriber)) return Wrong("There is no such demo subscriber.");
        if (!SimulatedDevices.Kinds.Contains(question.Device)) return Wrong($"The devices are {string.Join(", ", SimulatedDevices.Kinds)}.");
        if (!HdcpVersions.TryParse(question.Output ?? "", out var output)) return Wrong($"The output is one of {string.Join(", ", HdcpVersions.Outputs)}.");
        var infos = await keys.FindInfoByContentAsync(DemoData.Title, cancellationToken);
        using var device = SimulatedDevices.Create(question.Device, $"play-{question.Subscriber}", output, time);
        var url = new Uri(OwnAddress(), LicensePath(device.System, question.Offline));
        var token = tokens.ForPlayer(new PlayerClaims { Subscriber = question.Subscriber, Lifetime = TimeSpan.FromMinutes(2) });
        var client = new DeviceClient(_http);
        IReadOnlyList<DeviceVisit> visits = [];
        try
        {
            if (question.Privacy && device is WidevineDevice widevine) await client.UsePrivacyModeAsync(widevine, url, token, cancellationToken);
            visits = await client.AskAsync(device, new LicenseWish { KeyIds = [.. infos.Select(info => info.KeyId)], ContentId = DemoData.Title, Offline = question.Offline }, url, token, cancellationToken);
            var report = DeviceReport.Create(device, visits, time.GetUtcNow().ToUnixTimeMilliseconds());
            return TypedResults.Ok(new Answer(question.Subscriber, DemoData.Title, [.. infos.Select(info => new Track(info.Track, info.KeyId.ToHex()))], report));
        }
        catch (Exception exception) when (exception is SandboxException or HttpRequestException)
        {
            return TypedResults.Problem(exception.Message, statusCode: StatusCodes.Status502BadGateway, extensions: new Dictionary<string, object?> { ["code"] = "upstream.refused" });
        }
        finally
        {
            foreach (var visit in visits) visit.Dispose();
        }
    }

    /// <summary>A Widevine challenge says itself that its licence is to be kept; for the others the address does.</summary>
    private static string LicensePath(DrmSystem system, bool offline) => system switch
    {
        DrmSystem.Widevine => "/license/widevine",
        DrmSystem.PlayReady => offline ? "/license/playready?use=download" : "/license/playready",
        _ => offline ? "/license/fairplay?offline=true" : "/license/fairplay",
    };

    /// <summary>From the server, not from the request: its Host header could send the token elsewhere.</summary>
    private Uri OwnAddress()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? throw new InvalidOperationException("The server has no addresses.");
        var address = addresses.OrderBy(item => item.StartsWith("https:", StringComparison.OrdinalIgnoreCase)).First().Replace("//*", "//127.0.0.1", StringComparison.Ordinal).Replace("//+", "//127.0.0.1", StringComparison.Ordinal);
        var builder = new UriBuilder(address);
        if (IPAddress.TryParse(builder.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))) builder.Host = "127.0.0.1";
        return builder.Uri;
    }

    private static ProblemHttpResult Wrong(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest, extensions: new Dictionary<string, object?> { ["code"] = "request.malformed" });
}
