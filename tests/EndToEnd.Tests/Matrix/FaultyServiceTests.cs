using System.Net.Http.Json;
using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;

namespace DrmHub.EndToEnd.Tests.Matrix;

/// <summary>A licence service that fails, lies or stalls behind a hub: the player gets the right reason, and no device opens a key that was not granted.</summary>
public sealed class FaultyServiceTests
{
    [Fact]
    public async Task Faults_of_a_service_reach_the_player_as_reasons_and_never_as_keys()
    {
        await using var hub = await HubProcess.StartAsync();
        using var http = new HttpClient();
        var client = new DeviceClient(http);
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        foreach (var kind in (string[])["widevine-l1", "playready-3000", "fairplay-main"])
        {
            using var device = SimulatedDevices.Create(kind, "faults");
            var system = device.System.ToString().ToLowerInvariant();
            var keys = await KeysAsync(hub);
            foreach (var (fault, reasons) in Expected(device.System))
            {
                // Enough for a retry too; what is left over is cleared.
                using var ordered = await hub.Http.PostAsJsonAsync("/sandbox/faults", new { service = system, fault, count = 8 });
                ordered.EnsureSuccessStatusCode();
                var wish = new LicenseWish { KeyIds = [keys[0]], ContentId = "demo-title" };
                using var visit = Assert.Single(await client.AskAsync(device, wish, new Uri(hub.Address, $"/license/{system}"), token));
                Assert.True(visit.License is null && reasons.Contains(visit.Refusal!.Code), $"{kind} {fault}: {visit.Status} {visit.Refusal}");
                using var cleared = await hub.Http.DeleteAsync("/sandbox/faults");
                await AnswersAgainAsync(client, device, wish, new Uri(hub.Address, $"/license/{system}"), token);
            }
        }
    }

    /// <summary>Each fault, with the reasons that say it truly. A wrong signature is for the device to notice: the hub has no key to check it with.</summary>
    private static IEnumerable<(string Fault, string[] Reasons)> Expected(DrmSystem system)
    {
        yield return ("status:503", ["upstream.unavailable"]);
        yield return ("reset", ["upstream.unavailable"]);
        yield return ("half", ["upstream.unavailable", "upstream.refused"]);
        yield return ("garbage", system == DrmSystem.PlayReady ? ["upstream.refused", "upstream.unavailable", "device.refused"] : ["upstream.refused", "upstream.unavailable"]);
        yield return ("wrong-signature", ["device.refused"]);
        yield return ("revoked", ["device.revoked", "upstream.refused", "device.level", "0x8004c065"]);
    }

    /// <summary>After a fault the circuit may be open: it closes by itself once the service answers.</summary>
    private static async Task AnswersAgainAsync(DeviceClient client, ISimulatedDevice device, LicenseWish wish, Uri url, string token)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            using var visit = Assert.Single(await client.AskAsync(device, wish, url, token, limit.Token));
            if (visit.License is not null) return;
            await Task.Delay(200, limit.Token);
        }
    }

    private static async Task<List<KeyId>> KeysAsync(HubProcess hub)
    {
        var demo = await hub.Http.GetFromJsonAsync<System.Text.Json.Nodes.JsonObject>("/play/demo.json");
        return [.. demo!["tracks"]!.AsArray().Where(track => (string?)track!["track"] == "SD").Select(track => KeyId.Parse((string)track!["keyId"]!))];
    }
}
