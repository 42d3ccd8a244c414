using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DrmHub.Cenc;
using DrmHub.Sandbox.Devices.Widevine;

namespace DrmHub.Sandbox.Devices;

/// <summary>The application on a simulated device: sends the device's requests to a licence server with the player's token, and brings back the answers.</summary>
/// <param name="http">Without redirects: a licence URL that redirects would carry the token elsewhere.</param>
public sealed partial class DeviceClient(HttpClient http)
{
    private const int MaxAnswer = 1 << 20;
    private const int MaxDetail = 400;

    /// <summary>Fetches the service's certificate, so that the device works in privacy mode.</summary>
    /// <exception cref="SandboxException">The server answered with something else.</exception>
    /// <exception cref="HttpRequestException">The server did not answer.</exception>
    public async Task UsePrivacyModeAsync(WidevineDevice device, Uri url, string? token, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        using var response = await SendAsync(WidevineDevice.ServiceCertificateRequest, "application/octet-stream", new Dictionary<string, string>(), url, token, cancellationToken).ConfigureAwait(false);
        var answer = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            var refusal = ReadRefusal(response, answer);
            throw new SandboxException(SandboxFailure.Refused, refusal.Detail, refusal.Code);
        }

        device.UseServiceCertificate(answer);
    }

    /// <summary>Asks for the wish: in one request, or in one for each key where the system's requests are for one key.</summary>
    /// <exception cref="SandboxException">The device has no message for the wish.</exception>
    /// <exception cref="HttpRequestException">The server did not answer.</exception>
    public async Task<IReadOnlyList<DeviceVisit>> AskAsync(ISimulatedDevice device, LicenseWish wish, Uri url, string? token, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(wish);
        if (device.System != DrmSystem.FairPlay || wish.KeyIds.Count < 2) return [await AskOnceAsync(device, wish, url, token, cancellationToken).ConfigureAwait(false)];
        var visits = new List<DeviceVisit>();
        foreach (var keyId in wish.KeyIds) visits.Add(await AskOnceAsync(device, wish with { KeyIds = [keyId] }, url, token, cancellationToken).ConfigureAwait(false));
        return visits;
    }

    private async Task<DeviceVisit> AskOnceAsync(ISimulatedDevice device, LicenseWish wish, Uri url, string? token, CancellationToken cancellationToken)
    {
        var challenge = device.Ask(wish);
        using var response = await SendAsync(challenge.Body, challenge.ContentType, challenge.Headers, url, token, cancellationToken).ConfigureAwait(false);
        var answer = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
        var (granted, withheld) = (Header(response, "X-DrmHub-Granted"), Header(response, "X-DrmHub-Withheld"));
        DeviceVisit Visit(OpenedLicense? license, DeviceRefusal? refusal) => new(wish.KeyIds, (int)response.StatusCode, license, refusal, granted, withheld);
        if (!response.IsSuccessStatusCode) return Visit(null, ReadRefusal(response, answer));
        try
        {
            return Visit(challenge.Open(answer), null);
        }
        catch (SandboxException exception)
        {
            return Visit(null, new DeviceRefusal(exception.Failure == SandboxFailure.Refused && exception.Code is { } code ? code : "device.refused", exception.Message));
        }
    }

    private async Task<HttpResponseMessage> SendAsync(byte[] body, string contentType, IReadOnlyDictionary<string, string> headers, Uri url, string? token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[MaxAnswer + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length <= MaxAnswer ? buffer[..length] : throw new HttpRequestException($"The answer has more than {MaxAnswer} bytes.");
    }

    /// <summary>A problem document, a SOAP fault, a FairPlay status, or at least the HTTP status.</summary>
    private static DeviceRefusal ReadRefusal(HttpResponseMessage response, byte[] answer)
    {
        var text = Encoding.UTF8.GetString(answer);
        if (ReadProblem(text) is { } problem) return problem;
        if (SoapStatus().Match(text) is { Success: true } status)
        {
            // The hub puts its reason code in front of the sentence in CustomData; other servers may put anything there.
            var custom = SoapCustomData().Match(text).Groups["data"].Value;
            return ReasonCode().Match(custom) is { Success: true } reason ? new DeviceRefusal(reason.Value, Shown(custom)) : new DeviceRefusal(status.Groups["code"].Value, Shown(custom));
        }

        return new DeviceRefusal($"http.{(int)response.StatusCode}", Shown(text));
    }

    private static DeviceRefusal? ReadProblem(string text)
    {
        try
        {
            var problem = JsonElement.Parse(text);
            return problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String
                ? new DeviceRefusal(Shown(code.GetString()!), problem.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.String ? Shown(detail.GetString()!) : "")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a stranger's server wrote must not control a terminal.</summary>
    private static string Shown(string text) => string.Concat(text.Take(MaxDetail).Select(character => char.IsControl(character) ? ' ' : character)).Trim();

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    [GeneratedRegex("<(?:[A-Za-z0-9]+:)?StatusCode[^>]*>(?<code>[^<]{1,64})<")]
    private static partial Regex SoapStatus();

    [GeneratedRegex("<(?:[A-Za-z0-9]+:)?CustomData[^>]*>(?<data>[^<]{0,2000})<")]
    private static partial Regex SoapCustomData();

    [GeneratedRegex(@"[a-z]+\.[a-z_]+")]
    private static partial Regex ReasonCode();
}
