using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Cenc;
using DrmHub.Host.Hosting;
using DrmHub.Sandbox;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub sandbox device</c>: a simulated device asks a licence server, and says which keys it could open and under what rules.</summary>
internal static class SandboxDeviceCommand
{
    private const string TokenVariable = "DRMHUB_TOKEN";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static Command Create()
    {
        var kind = new Argument<string>("DEVICE") { Description = string.Join(", ", SimulatedDevices.Kinds) };
        kind.AcceptOnlyFromAmong([.. SimulatedDevices.Kinds]);
        var url = new Option<string>("--url") { Description = "The licence URL that a player would use", Required = true };
        var token = new Option<string?>("--token") { Description = $"The player's token; left out: what the variable {TokenVariable} holds" };
        var kids = new Option<string[]>("--kid") { Description = "A key id to ask for; may be repeated" };
        var from = new Option<string?>("--from") { Description = "A media file, manifest, playlist or pssh to take the key ids from" };
        var contentId = new Option<string?>("--content-id") { Description = "The content id for the request (Widevine, and FairPlay without a key id)" };
        var scheme = new Option<string>("--scheme") { Description = "cenc, cens, cbc1 or cbcs", DefaultValueFactory = _ => "cenc" };
        scheme.AcceptOnlyFromAmong("cenc", "cens", "cbc1", "cbcs");
        var offline = new Option<bool>("--offline") { Description = "Ask for a licence to keep" };
        var privacy = new Option<bool>("--privacy") { Description = "Widevine: encrypt the device's identity, as browsers do" };
        var hdcp = new Option<string>("--hdcp") { Description = "What the display offers: none, 1, 2.0, 2.1, 2.2 or 2.3", DefaultValueFactory = _ => "2.2" };
        hdcp.AcceptOnlyFromAmong([.. HdcpVersions.Outputs]);
        var name = new Option<string>("--name") { Description = "Which device of this kind; the same name is the same device", DefaultValueFactory = _ => "sandbox" };
        var then = new Option<string?>("--then") { Description = "What to ask afterwards: renewal or release" };
        then.AcceptOnlyFromAmong("renewal", "release");
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var command = new Command("device", "Ask a licence server as a simulated device, and show which keys it could open") { kind, url, token, kids, from, contentId, scheme, offline, privacy, hdcp, name, then, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new DeviceErrand
            {
                Kind = parsed.GetRequiredValue(kind),
                Url = parsed.GetRequiredValue(url),
                Token = parsed.GetValue(token) ?? Environment.GetEnvironmentVariable(TokenVariable),
                KeyIds = parsed.GetValue(kids) ?? [],
                From = parsed.GetValue(from),
                ContentId = parsed.GetValue(contentId),
                Scheme = parsed.GetRequiredValue(scheme),
                Offline = parsed.GetValue(offline),
                Privacy = parsed.GetValue(privacy),
                Hdcp = HdcpVersions.TryParse(parsed.GetRequiredValue(hdcp), out var output) ? output : HdcpVersion.None,
                Name = parsed.GetRequiredValue(name),
                Then = parsed.GetValue(then) switch { "renewal" => LicenseKind.Renewal, "release" => LicenseKind.Release, _ => null },
            };
            return RunAsync(options, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(DeviceErrand errand, bool json, CancellationToken cancellationToken)
    {
        if (SandboxCommand.IsRefused(new HubSettings("", "http://127.0.0.1", []).EnvironmentName)) return Failures.Failed;
        try
        {
            var (url, wish) = errand.Prepare(cancellationToken);
            using var device = SimulatedDevices.Create(errand.Kind, errand.Name, errand.Hdcp);
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = TimeSpan.FromSeconds(60) };
            var client = new DeviceClient(http);
            if (errand.Privacy && device is WidevineDevice widevine) await client.UsePrivacyModeAsync(widevine, url, errand.Token, cancellationToken);
            var reports = new List<DeviceReport>();
            var visits = await client.AskAsync(device, wish, url, errand.Token, cancellationToken);
            reports.Add(Report(device, visits));
            if (errand.Then is { } then && visits.FirstOrDefault(visit => visit.License is not null)?.License is { } license)
                reports.Add(Report(device, await client.AskAsync(device, wish with { Kind = then, Existing = license }, url, errand.Token, cancellationToken)));
            foreach (var visit in visits) visit.Dispose();
            if (json) Console.Out.WriteLine(JsonSerializer.Serialize(reports, Json));
            else foreach (var report in reports) SandboxDeviceTable.Write(report);
            return reports[0].Keys.Any(key => key.InLicense) ? 0 : Failures.Failed;
        }
        catch (Exception exception) when (exception is SandboxException or HttpRequestException or ArgumentException or CencFormatException or IOException or UnauthorizedAccessException)
        {
            return Failures.Say(exception.Message);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failures.Say("the licence server did not answer within 60 seconds");
        }
    }

    private static DeviceReport Report(ISimulatedDevice device, IReadOnlyList<DeviceVisit> visits) => DeviceReport.Create(device, visits, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
}
