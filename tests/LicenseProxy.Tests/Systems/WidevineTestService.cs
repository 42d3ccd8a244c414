using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.LicenseProxy.Tests.Upstreams;
using DrmHub.LicenseProxy.Upstreams;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy.Tests.Systems;

/// <summary>A Widevine licence service as its public documents describe the wire: checks the envelope and its signature, keeps every message.</summary>
internal sealed class WidevineTestService : IAsyncDisposable
{
    private static readonly byte[] AesKey = Convert.FromHexString("1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9");
    private static readonly byte[] AesIv = Convert.FromHexString("d58ce954203b7c9a9a9d467f59839249");

    private readonly List<JsonElement> _messages = [];
    private TestUpstream _upstream = null!;

    /// <summary>What it says of every device; null for none.</summary>
    public int? SecurityLevel { get; set; } = 1;

    /// <summary>Answers in place of its own, by the message; null to answer itself.</summary>
    public Func<JsonElement, object?>? Answer { get; set; }

    public IReadOnlyList<JsonElement> Messages
    {
        get
        {
            lock (_messages) return [.. _messages];
        }
    }

    public IReadOnlyList<JsonElement> Licences => [.. Messages.Where(message => !message.TryGetProperty("parse_only", out _))];

    public TestUpstream Http => _upstream;

    public static async Task<WidevineTestService> StartAsync()
    {
        var service = new WidevineTestService();
        service._upstream = await TestUpstream.StartAsync(service.HandleAsync);
        return service;
    }

    public UpstreamOptions Options(string name = "cloud") => new()
    {
        Name = name,
        System = DrmSystem.Widevine,
        Kind = UpstreamKind.Widevine,
        Url = _upstream.Url,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        FirstByteTimeout = TimeSpan.FromSeconds(20),
        FailoverAfter = TimeSpan.FromSeconds(20),
        Timeout = TimeSpan.FromSeconds(30),
        Credentials = new WidevineCloudOptions("widevine_test", "widevine_test", AesKey, AesIv),
    };

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    public async Task HandleAsync(HttpContext http)
    {
        using var envelope = await JsonDocument.ParseAsync(http.Request.Body);
        var message = envelope.RootElement.GetProperty("request").GetBytesFromBase64();
        using var aes = Aes.Create();
        aes.Key = AesKey;
        if (envelope.RootElement.GetProperty("signer").GetString() != "widevine_test"
            || !aes.EncryptCbc(SHA1.HashData(message), AesIv).AsSpan().SequenceEqual(envelope.RootElement.GetProperty("signature").GetBytesFromBase64()))
        {
            await http.Response.WriteAsJsonAsync(new { status = "SIGNATURE_FAILED" });
            return;
        }

        using var document = JsonDocument.Parse(message);
        var root = document.RootElement.Clone();
        lock (_messages) _messages.Add(root);
        var payload = root.GetProperty("payload").GetBytesFromBase64();
        object answer = Answer?.Invoke(root) ?? (payload.AsSpan().SequenceEqual(WidevineWire.CertificateRequest)
            ? new { status = "OK", message_type = "SERVICE_CERTIFICATE", license = WidevineWire.Signed(5, Encoding.UTF8.GetBytes("certificate")) }
            : root.TryGetProperty("parse_only", out _)
                ? Said()
                : new { status = "OK", message_type = "LICENSE", license = WidevineWire.License(), session_state = new { signing_key = "c2VjcmV0" } });
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(JsonSerializer.Serialize(answer));
    }

    private Dictionary<string, object> Said()
    {
        var said = new Dictionary<string, object> { ["status"] = "OK", ["make"] = "Acme", ["model"] = "Screen 5", ["system_id"] = 4445, ["drm_cert_serial_number"] = Convert.ToBase64String([1, 2, 3]), ["platform"] = "Android" };
        if (SecurityLevel is { } level) said["security_level"] = level;
        return said;
    }
}
