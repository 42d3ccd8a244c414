using System.CommandLine;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.KeyService.Cpix;

namespace DrmHub.Host.Commands;

/// <summary>
/// <c>drmhub cpix import</c>: takes the keys of a document into the custody of a hub. Encrypted keys are opened here, with the recipient's
/// private key, which the hub never sees.
/// </summary>
internal static class CpixImportCommand
{
    private const int MaxAnswer = 1 << 20;

    public static Command Create()
    {
        var file = CpixCommand.FileArgument();
        var url = new Option<string>("--url") { Description = "The hub's address: https, or http on this machine.", DefaultValueFactory = _ => "http://127.0.0.1:5080" };
        var contentId = new Option<string?>("--content-id") { Description = "The content, where the document names none." };
        var scheme = new Option<string?>("--scheme") { Description = "cenc, cens, cbc1 or cbcs, where the document names none." };
        var certificate = new Option<string?>("--certificate") { Description = "Certificate of the recipient with its private key (PFX or PEM), where the keys are encrypted." };
        var privateKey = CpixCommand.PrivateKeyOption();
        var password = CpixCommand.PasswordFileOption();
        var headerFile = new Option<string?>("--header-file") { Description = "File with 'Authorization: Bearer …': a token with the role keys.admin." };
        var headerEnvironment = new Option<string[]>("--header-env") { Description = "Name of an environment variable that holds that header." };
        var command = new Command("import", "Take the keys of a document into the custody of a hub.") { file, url, contentId, scheme, certificate, privateKey, password, headerFile, headerEnvironment };
        command.SetAction(async (parse, cancellationToken) =>
        {
            byte[] body = [];
            HttpRequestMessage? request = null;
            var prepared = CpixCommand.Run(parse, _ =>
            {
                var target = Target(parse.GetRequiredValue(url), parse.GetValue(contentId), parse.GetValue(scheme));
                var headers = CpixRequestHeaders.Read(parse.GetValue(headerFile), parse.GetValue(headerEnvironment) ?? [])();
                body = Clear(CpixCommand.Load(parse.GetRequiredValue(file)), parse.GetValue(certificate), parse.GetValue(privateKey), parse.GetValue(password));
                request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
                foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
                return CpixCommand.Done;
            });
            if (prepared != CpixCommand.Done || request is null) return prepared;
            using (request)
            {
                try
                {
                    return await SendAsync(request, parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error, cancellationToken);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(body);
                }
            }
        });
        return command;
    }

    /// <summary>Keys travel in the clear inside the connection, so it is TLS or does not leave the machine.</summary>
    private static Uri Target(string address, string? contentId, string? scheme)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var hub) || !(hub.Scheme == Uri.UriSchemeHttps || (hub.Scheme == Uri.UriSchemeHttp && hub.IsLoopback)))
            throw new ArgumentException("--url is https://…, or http:// on this machine: keys do not travel without TLS.");
        if (hub.UserInfo.Length > 0) throw new ArgumentException("Credentials do not belong into the address: use --header-file.");
        var query = new List<string>();
        if (contentId is not null) query.Add("contentId=" + Uri.EscapeDataString(contentId));
        if (scheme is not null) query.Add("scheme=" + Uri.EscapeDataString(scheme));
        return new Uri(hub, "/admin/keys/cpix" + (query.Count == 0 ? "" : "?" + string.Join('&', query)));
    }

    private static byte[] Clear(CpixDocument document, string? certificate, string? privateKey, string? password)
    {
        if (document.ContentKeys.Any(static key => key.IsEncrypted))
        {
            if (certificate is null) throw new ArgumentException("The keys are encrypted: give --certificate, the recipient's with its private key.");
            using var identity = CpixCommand.LoadIdentity(certificate, privateKey, password);
            document.DecryptKeys(identity);
        }

        return document.Save();
    }

    private static async Task<int> SendAsync(HttpRequestMessage request, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { MaxResponseContentBufferSize = MaxAnswer };
            using var response = await client.SendAsync(request, cancellationToken);
            using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken) is { Length: > 0 } bytes ? bytes : "{}"u8.ToArray());
            if (response.IsSuccessStatusCode)
            {
                await output.WriteLineAsync($"{answer.RootElement.GetProperty("created")} keys are new, {answer.RootElement.GetProperty("present")} were there already.");
                return CpixCommand.Done;
            }

            var detail = answer.RootElement.TryGetProperty("detail", out var text) ? text.ToString() : "no more is said";
            await error.WriteLineAsync($"drmhub cpix: the hub answered {(int)response.StatusCode}: {string.Concat(detail.Select(character => char.IsControl(character) ? ' ' : character))}");
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or KeyNotFoundException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await error.WriteLineAsync($"drmhub cpix: the hub did not answer as one: {exception.Message}");
        }

        return CpixCommand.Refused;
    }
}
