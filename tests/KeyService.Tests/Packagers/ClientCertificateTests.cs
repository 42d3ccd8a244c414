using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.Tests.Cpix;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.KeyService.Tests.Packagers;

/// <summary>Mutual TLS on real sockets: a certificate is known by its public key, whoever issued it.</summary>
public sealed class ClientCertificateTests : IAsyncLifetime
{
    private static readonly IPAddress s_elsewhere = IPAddress.Parse("192.0.2.7");

    private readonly Clock _time = new();
    private KeyDoor _door = null!;

    public async Task InitializeAsync()
    {
        _door = await KeyDoor.OpenAsync(_time, _ => { }, TestCertificates.Signer);
        _door.Remote = s_elsewhere;
        await _door.Packagers.AddAsync(new Packager { Name = "encoder", Patterns = ["film*"] }, CredentialKind.Certificate, TestCertificates.A.PublicKey.ExportSubjectPublicKeyInfo());
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task The_pinned_key_opens_the_door_and_another_does_not()
    {
        Assert.Equal(HttpStatusCode.OK, await AskAsync(TestCertificates.A, "film"));
        Assert.Equal("encoder", (await _door.Vault.EntriesAsync())[0].Actor);
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(TestCertificates.A, "other"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(TestCertificates.B, "film"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(null, "film"));
        await _door.Packagers.RevokeAsync("encoder");
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(TestCertificates.A, "film"));
        Assert.Equal("packager.revoked", (await _door.Vault.EntriesAsync())[0].ReasonCode);
    }

    [Fact]
    public async Task A_renewed_certificate_with_the_same_key_goes_on_and_one_with_the_same_name_does_not()
    {
        using var key = TestCertificates.A.GetRSAPrivateKey()!;
        using var renewed = new CertificateRequest("CN=Somebody else", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(_time.GetUtcNow().AddDays(-1), _time.GetUtcNow().AddDays(365));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(renewed, "film"));
        using var impostor = TestCertificates.Make(TestCertificates.A.Subject);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(impostor, "film"));
        using var expired = new CertificateRequest("CN=Old", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(_time.GetUtcNow().AddDays(-9), _time.GetUtcNow().AddDays(-1));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(expired, "film"));
    }

    [Fact]
    public async Task Without_TLS_a_header_that_names_a_certificate_says_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cpix/film");
        foreach (var name in (string[])["X-Client-Cert", "X-ARR-ClientCert", "X-Forwarded-Client-Cert", "ssl-client-cert"])
            request.Headers.TryAddWithoutValidation(name, Convert.ToBase64String(TestCertificates.A.RawData));
        using var response = await _door.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private async Task<HttpStatusCode> AskAsync(X509Certificate2? certificate, string contentId)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        if (certificate is not null) handler.ClientCertificates.Add(certificate);
        using var client = new HttpClient(handler) { BaseAddress = _door.SecureAddress };
        using var response = await client.GetAsync("/cpix/" + contentId);
        return response.StatusCode;
    }
}
