using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Entitlements;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using NSec.Cryptography;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>The operator's own service, a real server on the wire: right, slow, lying, hanging, and answering half.</summary>
public sealed class CallbackTests : IAsyncLifetime
{
    private static readonly byte[] s_secret = SHA256.HashData("the shared secret of this test"u8);

    private WebApplication _service = null!;
    private Func<HttpContext, Task> _answer = http => Say(http, """{"plans":["premium"]}""");
    private int _calls;
    private byte[] _body = [];
    private Dictionary<string, string> _headers = [];

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _service = builder.Build();
        _service.MapPost("/holds", async http =>
        {
            Interlocked.Increment(ref _calls);
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            _body = body.ToArray();
            _headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString());
            await _answer(http);
        });
        await _service.StartAsync();
    }

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task A_plan_that_only_the_service_knows_opens_a_licence_and_is_asked_for_once()
    {
        await using var door = await OpenAsync();
        var challenge = await TitleAsync(door);
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token("nobody"))).Status);
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token("nobody"))).Status);
        Assert.Equal(1, _calls);
        var question = JsonDocument.Parse(_body).RootElement;
        Assert.Equal(("nobody", "demo-title", "ClearKey", "None", "Stream"), (question.GetProperty("subscriber").GetString(), question.GetProperty("content").GetString(), question.GetProperty("system").GetString(), question.GetProperty("level").GetString(), question.GetProperty("use").GetString()));
        door.Time.Advance(TimeSpan.FromSeconds(31));
        _answer = http => Say(http, "{}");
        Assert.Equal(ReasonCodes.EntitlementNone, (await door.AskAsync(challenge, door.Token("nobody"))).Code);
    }

    [Fact]
    public async Task The_request_is_signed_as_documented()
    {
        await using var door = await OpenAsync();
        await door.AskAsync(await TitleAsync(door), door.Token("nobody"));
        var time = _headers["X-DrmHub-Timestamp"];
        Assert.Equal(door.Time.GetUtcNow().ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), time);
        var text = $"DRMHUB-CALLBACK-1\nPOST\n/holds?v=1\n{time}\n{Convert.ToHexStringLower(SHA256.HashData(_body))}";
        Assert.Equal("hmac-sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(s_secret, Encoding.UTF8.GetBytes(text))), _headers["X-DrmHub-Signature"]);
        Assert.Equal("drmhub", _headers["X-DrmHub-Key"]);

        using var key = Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        await using var second = await OpenAsync(options => options with { Secret = null, SigningSeed = key.Export(KeyBlobFormat.RawPrivateKey) }, door);
        await second.AskAsync(LicenseDoor.Challenge((await second.CreateKeysAsync("demo-second", TrackType.SD)).Values), second.Token("nobody"));
        text = $"DRMHUB-CALLBACK-1\nPOST\n/holds?v=1\n{_headers["X-DrmHub-Timestamp"]}\n{Convert.ToHexStringLower(SHA256.HashData(_body))}";
        Assert.True(SignatureAlgorithm.Ed25519.Verify(key.PublicKey, Encoding.UTF8.GetBytes(text), Convert.FromHexString(_headers["X-DrmHub-Signature"]["ed25519=".Length..])));
    }

    [Fact]
    public async Task The_service_adds_to_the_store_and_can_suspend_but_never_overrules_a_deal()
    {
        await using var door = await OpenAsync();
        var challenge = await TitleAsync(door);
        _answer = http => Say(http, "{}");
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token("premium"))).Status);
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token("tokened", claims => claims["plans"] = new[] { "premium" }))).Status);
        _answer = http => Say(http, """{"suspended":true,"plans":["premium"]}""");
        Assert.Equal(ReasonCodes.EntitlementSuspended, (await door.AskAsync(challenge, door.Token("free"))).Code);
        _answer = http => Say(http, """{"plans":["premium"],"purchases":["other"],"ttlSeconds":0}""");
        Assert.Equal(ReasonCodes.EntitlementSuspended, (await door.AskAsync(challenge, door.Token("suspended"))).Code);
        var other = LicenseDoor.Challenge((await door.CreateKeysAsync("other", TrackType.SD)).Values);
        Assert.Equal(ReasonCodes.DealNone, (await door.AskAsync(other, door.Token("nobody"))).Code);
    }

    public static TheoryData<string> Faults => ["slow", "hangs", "half", "aborts", "500", "redirect", "not json", "array", "huge", "wrong type", "null plans", "endless"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_service_that_fails_grants_nothing_or_what_is_configured(string fault)
    {
        await using var deny = await OpenAsync(options => options with { Timeout = TimeSpan.FromMilliseconds(400) });
        await using var local = await OpenAsync(options => options with { Timeout = TimeSpan.FromMilliseconds(400), WhenDown = CallbackFailure.TokenAndStore }, deny);
        var challenge = await TitleAsync(deny);
        _answer = http => FailAsync(http, fault);
        var refused = await deny.AskAsync(challenge, deny.Token("premium"));
        Assert.Equal((503, ReasonCodes.UpstreamUnavailable, "2"), (refused.Status, refused.Code, refused.Headers["Retry-After"]));
        Assert.Equal("Unavailable", (await deny.Vault.EntriesAsync())[0].Details["entitlements"]);
        Assert.Equal(200, (await local.AskAsync(challenge, local.Token("premium"))).Status);
        Assert.Equal("TokenAndStore", (await local.Vault.EntriesAsync())[0].Details["entitlements"]);
        Assert.Equal(ReasonCodes.EntitlementNone, (await local.AskAsync(challenge, local.Token("free"))).Code);
    }

    [Fact]
    public async Task The_last_answer_counts_for_the_grace_and_a_service_that_is_back_is_asked_again()
    {
        await using var door = await OpenAsync(options => options with { WhenDown = CallbackFailure.LastAnswer, Grace = TimeSpan.FromMinutes(2) });
        var challenge = await TitleAsync(door);
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token("nobody"))).Status);
        _answer = http => FailAsync(http, "500");
        door.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token("nobody"))).Status);
        Assert.Equal("LastAnswer", (await door.Vault.EntriesAsync())[0].Details["entitlements"]);
        Assert.Equal(503, (await door.AskAsync(challenge, door.Token("stranger"))).Status);
        door.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(503, (await door.AskAsync(challenge, door.Token("nobody"))).Status);

        // Three failures: the service is left alone for a second.
        var calls = _calls;
        for (var i = 0; i < 20; i++) await door.AskAsync(challenge, door.Token("nobody"));
        Assert.Equal(calls, _calls);
        _answer = http => Say(http, """{"plans":["premium"]}""");
        door.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, (await door.AskAsync(challenge, door.Token("nobody"))).Status);
    }

    [Fact]
    public async Task Equal_questions_at_once_are_one_call()
    {
        await using var door = await OpenAsync(options => options with { Cache = TimeSpan.Zero });
        var challenge = await TitleAsync(door);
        var open = new TaskCompletionSource();
        _answer = async http =>
        {
            await open.Task;
            await Say(http, """{"plans":["premium"]}""");
        };
        var asked = Enumerable.Range(0, 20).Select(i => door.AskAsync(challenge, door.Token("nobody"))).ToList();
        while (_calls == 0) await Task.Delay(10);
        open.SetResult();
        Assert.All(await Task.WhenAll(asked), answer => Assert.Equal(200, answer.Status));
        Assert.InRange(_calls, 1, 19);
    }

    [Fact]
    public void Mutated_answers_are_read_or_refused()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "2", System.Globalization.CultureInfo.InvariantCulture);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var corpus = """{"suspended":false,"plans":["premium","x"],"purchases":["a"],"rentals":[{"content":"b","fromSeconds":1700000000,"firstPlaySeconds":null}],"maxStreams":2,"maxDevices":3,"ttlSeconds":10}"""u8.ToArray();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            var input = corpus.ToArray();
            for (var i = random.Next(0, 5); i > 0; i--) input[random.Next(input.Length)] = (byte)(random.Next(4) == 0 ? random.Next(256) : "{}[]\",:9-e.ntu"[random.Next(14)]);
            try
            {
                CallbackAnswer.Read(input.AsSpan(0, random.Next(8) == 0 ? random.Next(input.Length) : input.Length)).MergeWith("s", null);
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}: {exception}\n{Encoding.UTF8.GetString(input)}");
            }
        }
    }

    private static Task FailAsync(HttpContext http, string fault)
    {
        switch (fault)
        {
            case "slow":
                return Task.Delay(30_000, http.RequestAborted).ContinueWith(_ => Say(http, """{"plans":["premium"]}"""), TaskScheduler.Default);
            case "hangs":
                return Task.Delay(Timeout.Infinite, http.RequestAborted);
            case "half":
                http.Response.ContentLength = 1000;
                return http.Response.WriteAsync("""{"plans":["premium"]""").ContinueWith(_ => http.Abort(), TaskScheduler.Default);
            case "aborts":
                http.Abort();
                return Task.CompletedTask;
            case "500":
                http.Response.StatusCode = 500;
                return Say(http, """{"plans":["premium"]}""");
            case "redirect":
                http.Response.Redirect("/holds");
                return Task.CompletedTask;
            case "huge":
                return Say(http, $$"""{"plans":["{{new string('p', 100_000)}}"]}""");
            case "endless":
                return EndlessAsync(http);
            default:
                return Say(http, fault switch { "not json" => "<html>", "array" => "[]", "wrong type" => """{"plans":"premium"}""", _ => """{"plans":null}""" });
        }
    }

    private static async Task EndlessAsync(HttpContext http)
    {
        while (!http.RequestAborted.IsCancellationRequested)
        {
            await http.Response.WriteAsync(" ");
            await http.Response.Body.FlushAsync();
            await Task.Delay(20);
        }
    }

    private static Task Say(HttpContext http, string body) => http.Response.WriteAsync(body);

    private static async Task<string> TitleAsync(LicenseDoor door) => LicenseDoor.Challenge((await door.CreateKeysAsync("demo-title", TrackType.SD)).Values);

    private Task<LicenseDoor> OpenAsync(Func<CallbackOptions, CallbackOptions>? change = null, LicenseDoor? first = null) => LicenseDoor.OpenAsync(first: first, configure: options =>
    {
        var callback = new CallbackOptions { Url = new Uri(_service.Urls.Single() + "/holds?v=1"), Secret = s_secret, Timeout = TimeSpan.FromSeconds(10) };
        options.Callback = change?.Invoke(callback) ?? callback;
    });
}
