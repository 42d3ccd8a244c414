using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Testing;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>The licence routes over a real vault on SQLite, with a clock that the test sets.</summary>
internal sealed class LicenseDoor : IAsyncDisposable
{
    public const string KeyName = "test-key";

    private readonly WebApplication _app;
    private readonly LicenseDoor? _first;

    private LicenseDoor(WebApplication app, TestVault vault, FakeTimeProvider time, ECDsa signer, LicenseDoor? first)
    {
        _app = app;
        _first = first;
        Vault = vault;
        Time = time;
        Signer = signer;
        Http = app.GetTestClient();
    }

    public ServiceDoor Services => _app.Services.GetRequiredService<ServiceDoor>();

    /// <summary>The gate itself, for requests of DRM systems that a test plays.</summary>
    public LicenseGate Gate => _app.Services.GetRequiredService<LicenseGate>();

    public Limits.LoadShedder Load => _app.Services.GetRequiredService<Limits.LoadShedder>();

    public DeviceSlots Devices => _app.Services.GetRequiredService<DeviceSlots>();

    public TestVault Vault { get; }

    public FakeTimeProvider Time { get; }

    public ECDsa Signer { get; }

    public HttpClient Http { get; }

    /// <summary>Opens with title <c>demo-title</c> (AUDIO, SD, HD), a title <c>other</c> without a deal, the demo deal and three subscribers.</summary>
    /// <param name="first">Another node over the same vault.</param>
    public static async Task<LicenseDoor> OpenAsync(bool singleUse = false, ISharedState? shared = null, Action<LicenseProxyOptions>? configure = null, LicenseDoor? first = null)
    {
        var time = first?.Time ?? new FakeTimeProvider(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        var vault = first?.Vault ?? await OpenVaultAsync(time);
        var signer = first?.Signer ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton<TimeProvider>(time).AddSingleton(vault.Database).AddSingleton(vault.Keys).AddSingleton(vault.Audit).AddSingleton(vault.Rights).AddSingleton(shared ?? new InProcessSharedState(time)).AddAuthorization();
        builder.Services.AddLicenseProxy(options =>
        {
            options.Tokens.SigningKeys = [new ECDsaSecurityKey(signer) { KeyId = KeyName }];
            options.Tokens.SingleUse = singleUse;
            options.Limits = new Limits.LimitOptions { SubscriberPerSecond = 0 };
            configure?.Invoke(options);
        });
        var app = builder.Build();
        app.UseCors();
        app.MapLicenseProxy();
        await app.StartAsync();
        return new LicenseDoor(app, vault, time, signer, first);
    }

    public static readonly Deal DemoDeal = new()
    {
        Id = "demo",
        Name = "Demo",
        Content = new ContentSelector { Patterns = ["demo-*"] },
        Plans = new HashSet<string> { "premium" },
        Uses = new HashSet<ContentUse> { ContentUse.Stream },
        ClearKeyAllowed = true,
    };

    private static async Task<TestVault> OpenVaultAsync(FakeTimeProvider time)
    {
        var vault = await TestVault.OpenAsync(time);
        await vault.Rights.PutDealAsync(DemoDeal);
        await vault.Rights.PutSubscriberAsync(new Subscriber { Id = "premium", Subscriptions = [new("premium")] });
        await vault.Rights.PutSubscriberAsync(new Subscriber { Id = "free", Subscriptions = [new("free")] });
        await vault.Rights.PutSubscriberAsync(new Subscriber { Id = "suspended", Status = SubscriberStatus.Suspended, Subscriptions = [new("premium")] });
        return vault;
    }

    public async Task<IReadOnlyDictionary<string, KeyId>> CreateKeysAsync(string contentId, params TrackType[] tracks)
    {
        var keys = await Vault.Keys.GetOrCreateAsync(contentId, [.. tracks.Select(track => new KeySpec
        {
            Track = track.ToName(),
            Scheme = ProtectionScheme.Cenc,
            MinPixels = track.PixelRange()?.Min,
            MaxPixels = track.PixelRange()?.Max,
        })]);
        var ids = keys.ToDictionary(key => key.Track, key => key.KeyId);
        foreach (var key in keys) key.Dispose();
        return ids;
    }

    public string Token(string? subscriber = "premium", Action<Dictionary<string, object>>? change = null, Action<SecurityTokenDescriptor>? describe = null)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object> { ["jti"] = "1" };
        if (subscriber is not null) claims["sub"] = subscriber;
        change?.Invoke(claims);
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = "drmhub",
            Audience = "drmhub-player",
            Claims = claims,
            IssuedAt = now,
            Expires = now.AddMinutes(5),
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(Signer) { KeyId = KeyName }, SecurityAlgorithms.EcdsaSha256),
        };
        describe?.Invoke(descriptor);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }

    public static string Challenge(params IEnumerable<KeyId> keyIds) =>
        JsonSerializer.Serialize(new { kids = keyIds.Select(keyId => Base64Url.EncodeToString(keyId.ToByteArray())), type = "temporary" });

    public Task<Answer> AskAsync(string body, string? token, Action<HttpRequestMessage>? change = null) => SendAsync(HttpMethod.Post, "/license/clearkey", body, token, change);

    public Task<Answer> BeatAsync(string session, string? token) => SendAsync(HttpMethod.Post, $"/sessions/{session}/heartbeat", null, token, null);

    public Task<Answer> EndAsync(string session, string? token) => SendAsync(HttpMethod.Delete, $"/sessions/{session}", null, token, null);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? body, string? token, Action<HttpRequestMessage>? change)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        change?.Invoke(request);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, text.Length > 0 ? JsonDocument.Parse(text).RootElement.Clone() : default, response.Headers.ToDictionary(header => header.Key, header => string.Join(", ", header.Value)));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        if (_first is not null) return;
        await Vault.DisposeAsync();
        Signer.Dispose();
    }

    internal sealed record Answer(int Status, JsonElement Body, IReadOnlyDictionary<string, string> Headers)
    {
        public string? Withheld => Headers.GetValueOrDefault("X-DrmHub-Withheld");

        public string? Session => Headers.GetValueOrDefault("X-DrmHub-Session");

        public string? Code => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString() : null;

        public string? Detail => Body.TryGetProperty("detail", out var detail) ? detail.GetString() : null;

        /// <summary>Key ids in the licence.</summary>
        public IReadOnlyList<KeyId> KeyIds => [.. Body.GetProperty("keys").EnumerateArray().Select(key => new KeyId(Base64Url.DecodeFromChars(key.GetProperty("kid").GetString())))];
    }
}
