using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DrmHub.Sandbox;

namespace DrmHub.Host.Load;

/// <summary>Sends a player's requests and reads the answers as far as a player needs them.</summary>
internal sealed partial class LoadClient(HttpClient http, LoadDevices devices)
{
    /// <summary>One licence in so many is opened by its device, so that a hub that answers nonsense does not look well.</summary>
    private const int OpenOneIn = 50;

    public async Task<LoadAnswer> DoAsync(LoadPlayer player, LoadAct act, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return act switch
                {
                    LoadAct.Heartbeat => await SessionAsync(player, HttpMethod.Post, "/heartbeat", cancellationToken),
                    LoadAct.Leave => await SessionAsync(player, HttpMethod.Delete, "", cancellationToken),
                    _ => await LicenseAsync(player, cancellationToken),
                };
            }
            catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError && tries < player.Targets)
            {
                // Nothing was sent, so the next hub may be asked.
                player.PassOver();
            }
            catch (HttpRequestException exception)
            {
                return new LoadAnswer("connection: " + exception.HttpRequestError, true);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return new LoadAnswer("time-out", true);
            }
        }
    }

    private async Task<LoadAnswer> LicenseAsync(LoadPlayer player, CancellationToken cancellationToken)
    {
        var (body, contentType, headers, challenge) = devices.Ask(player.Kind, player.Number);
        using var request = Request(player, HttpMethod.Post, LoadDevices.PathFor(player.Kind));
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (player.Session is { } session) request.Headers.TryAddWithoutValidation("X-DrmHub-Session", session);
        using var response = await http.SendAsync(request, cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.IsSuccessStatusCode) return Refusal((int)response.StatusCode, answer);
        if (response.Headers.TryGetValues("X-DrmHub-Session", out var sessions)) player.Session = sessions.First();
        if (response.Headers.TryGetValues("X-DrmHub-Heartbeat", out var beats) && int.TryParse(beats.First(), CultureInfo.InvariantCulture, out var seconds)) player.Heartbeat = TimeSpan.FromSeconds(seconds);
        player.IsPlaying = true;
        if (challenge is null || player.Number % OpenOneIn != 0) return LoadAnswer.Granted;
        try
        {
            challenge.Open(answer).Dispose();
            return LoadAnswer.Granted;
        }
        catch (SandboxException exception)
        {
            return new LoadAnswer("licence does not open: " + exception.Failure, true);
        }
    }

    private async Task<LoadAnswer> SessionAsync(LoadPlayer player, HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var request = Request(player, method, $"sessions/{Uri.EscapeDataString(player.Session!)}{path}");
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode) return LoadAnswer.Granted;
        player.IsPlaying = false;
        return Refusal((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    private static HttpRequestMessage Request(LoadPlayer player, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(player.Target, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", player.Token);
        return request;
    }

    /// <summary>A problem document, or PlayReady's SOAP fault with the reason in front of its sentence.</summary>
    private static LoadAnswer Refusal(int status, byte[] body)
    {
        string? reason = null;
        try
        {
            using var problem = JsonDocument.Parse(body);
            if (problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty("code", out var code)) reason = code.GetString();
        }
        catch (JsonException)
        {
            reason = FaultReason().Match(Encoding.UTF8.GetString(body)) is { Success: true } match ? match.Groups[1].Value : null;
        }

        reason ??= $"http.{status}";

        // PlayReady answers every refusal with 500, so there the reason decides; shed load (429, 503) is an answer by plan.
        var failed = reason.StartsWith("upstream.", StringComparison.Ordinal) || reason is "internal" or "audit.unavailable" || reason.StartsWith("http.5", StringComparison.Ordinal);
        return new LoadAnswer(reason, failed);
    }

    [GeneratedRegex(@"<(?:\w+:)?CustomData[^>]*>\s*([a-z]+\.[a-z_]+)")]
    private static partial Regex FaultReason();
}
