using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub cpix request</c>: asks a key server, ours or another, as an encryptor would, and shows its answer.</summary>
internal static class CpixRequestCommand
{
    private const int MaxAnswer = 16 << 20;
    private const int MaxShownError = 2000;

    public static Command Create()
    {
        var url = new Argument<string>("URL") { Description = "The server's address." };
        var contentId = new Option<string>("--content-id") { Description = "The content that keys are for.", Required = true };
        var protocol = new Option<string>("--protocol") { Description = "speke-1, speke-2.0, speke-2.1, cpix (POST) or cpix-get (GET; the URL says everything).", DefaultValueFactory = _ => "speke-2.0" };
        protocol.AcceptOnlyFromAmong("speke-1", "speke-2.0", "speke-2.1", "cpix", "cpix-get");
        var tracks = new Option<string?>("--tracks") { Description = "Track types separated by commas, each with =KID to choose its key id (default STEREO_AUDIO,SD,HD; speke-1 has one key)." };
        var systems = new Option<string>("--systems") { Description = "widevine, playready, fairplay, clearkey, aes128 or system ids, separated by commas.", DefaultValueFactory = _ => "widevine,playready" };
        var scheme = new Option<string>("--scheme") { Description = "cenc, cens, cbc1 or cbcs; not in speke-1.", DefaultValueFactory = _ => "cenc" };
        var period = new Option<uint?>("--period") { Description = "Index of a crypto period." };
        var recipient = new Option<string?>("--recipient") { Description = "Certificate file: ask for keys encrypted to it." };
        var headerFile = new Option<string?>("--header-file") { Description = "File with a header on each line, as 'Authorization: Bearer …'. Secrets do not belong on a command line." };
        var headerEnvironment = new Option<string[]>("--header-env") { Description = "Name of an environment variable that holds one header, as 'Name: value'." };
        var seconds = new Option<int>("--timeout") { Description = "Seconds to wait, 1 to 600.", DefaultValueFactory = _ => 30 };
        var save = CpixCommand.OutOption();
        var json = CpixCommand.JsonOption();
        var keys = new Option<bool>("--keys") { Description = "Show clear keys, too (hexadecimal); without it they stay hidden." };
        var command = new Command("request", "Ask a key server over SPEKE or CPIX and show its answer, or write it to a file.")
        {
            url, contentId, protocol, tracks, systems, scheme, period, recipient, headerFile, headerEnvironment, seconds, save, json, keys,
        };
        command.SetAction((parse, cancellationToken) => RunAsync(
            parse,
            () => new CpixRequestBody
            {
                Protocol = parse.GetRequiredValue(protocol),
                ContentId = parse.GetRequiredValue(contentId),
                Tracks = parse.GetValue(tracks),
                Systems = parse.GetRequiredValue(systems),
                Scheme = parse.GetRequiredValue(scheme),
                Period = parse.GetValue(period),
                RecipientFile = parse.GetValue(recipient),
            },
            new Call(parse.GetRequiredValue(url), CpixRequestHeaders.Read(parse.GetValue(headerFile), parse.GetValue(headerEnvironment) ?? []), parse.GetValue(seconds)),
            (answer, output) =>
            {
                var document = CpixDocument.Load(answer);
                if (parse.GetValue(save) is { } file) File.WriteAllBytes(file, answer);
                else CpixShowCommand.Show(document, parse.GetValue(json), parse.GetValue(keys), output);
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, Func<CpixRequestBody> body, Call call, Action<byte[], TextWriter> show, CancellationToken cancellationToken)
    {
        var error = parse.InvocationConfiguration.Error;
        byte[]? answer = null;
        var prepared = CpixCommand.Run(parse, _ => call.Check(body()));
        if (prepared != CpixCommand.Done) return prepared;
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(call.Seconds), MaxResponseContentBufferSize = MaxAnswer };
            using var request = call.ToMessage();
            using var response = await client.SendAsync(request, cancellationToken);
            answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                await error.WriteLineAsync($"drmhub cpix: {call.Url.GetLeftPart(UriPartial.Path)} answered {(int)response.StatusCode}: {Printable(answer)}{DetailOf(response)}");
                return CpixCommand.Refused;
            }
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await error.WriteLineAsync($"drmhub cpix: {call.Url.GetLeftPart(UriPartial.Path)} did not answer: {exception.Message}");
            return CpixCommand.Refused;
        }

        return CpixCommand.Run(parse, output =>
        {
            show(answer, output);
            return CpixCommand.Done;
        });
    }

    /// <summary>What a hub says beside the sentence that SPEKE prescribes; nothing from another server.</summary>
    private static string DetailOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-DrmHub-Detail", out var values) ? $" ({Printable(Encoding.UTF8.GetBytes(string.Join(' ', values)))})" : "";

    /// <summary>What a stranger's server wrote must not control the terminal.</summary>
    private static string Printable(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, MaxShownError)));
        return string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)).Trim();
    }

    /// <summary>One call, prepared before anything is sent.</summary>
    private sealed class Call(string address, Func<IReadOnlyList<(string Name, string Value)>> headers, int seconds)
    {
        private byte[]? _body;
        private string? _version;
        private IReadOnlyList<(string Name, string Value)> _headers = [];

        public Uri Url { get; private set; } = null!;

        public int Seconds => seconds;

        public int Check(CpixRequestBody body)
        {
            if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) throw new ArgumentException("The address starts with http:// or https://.");
            if (url.UserInfo.Length > 0) throw new ArgumentException("Credentials do not belong into the address: use --header-file.");
            if (seconds is < 1 or > 600) throw new ArgumentException("--timeout is 1 to 600 seconds.");
            Url = url;
            _headers = headers();
            _body = body.ToBytes();
            _version = body.SpekeVersion;
            return CpixCommand.Done;
        }

        public HttpRequestMessage ToMessage()
        {
            var message = new HttpRequestMessage(_body is null ? HttpMethod.Get : HttpMethod.Post, Url);
            if (_body is not null)
            {
                message.Content = new ByteArrayContent(_body);
                message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
            }

            if (_version is not null) message.Headers.Add("X-Speke-Version", _version);
            foreach (var (name, value) in _headers) message.Headers.TryAddWithoutValidation(name, value);
            return message;
        }
    }
}
