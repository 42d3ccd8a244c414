using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;

namespace DrmHub.DrmHub.Tests.Commands;

public sealed class PackagersCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_packager_is_added_listed_rotated_and_revoked_and_each_step_is_in_the_log()
    {
        var key = Secret(Run("add", "studio", "--content", "film-*", "--content", "trailer", "--system", "widevine", "--encrypted-only", "--rate", "9"));
        Assert.True(PackagerSecrets.TrySplitApiKey(key, out var identifier, out _));

        var listed = JsonDocument.Parse(Run("list", "--json").Succeeded()).RootElement[0];
        Assert.Equal(("studio", 9, false), (listed.GetProperty("name").GetString(), listed.GetProperty("rate").GetInt32(), listed.GetProperty("plainKeys").GetBoolean()));
        Assert.Equal(["film-*", "trailer"], listed.GetProperty("content").EnumerateArray().Select(each => each.GetString()));
        Assert.Equal("widevine", listed.GetProperty("systems")[0].GetString());
        Assert.Equal(identifier, listed.GetProperty("credentials")[0].GetProperty("identifier").GetString());
        var table = Run("list").Succeeded();
        Assert.Contains("studio", table, StringComparison.Ordinal);
        Assert.DoesNotContain(key[^43..], table, StringComparison.Ordinal);

        var second = Secret(Run("rotate", "studio", "--grace", "5"));
        Assert.NotEqual(key, second);
        var basic = JsonDocument.Parse(Run("rotate", "studio", "--credential", "basic", "--json").Succeeded()).RootElement;
        Assert.Equal(("studio", "basic", "studio"), (basic.GetProperty("packager").GetString(), basic.GetProperty("credential").GetString(), basic.GetProperty("identifier").GetString()));
        Assert.Contains("--credential", Run("rotate", "studio").Refused(), StringComparison.Ordinal);
        Assert.Equal(0, Run("revoke", "studio", "--credential", "basic").ExitCode);
        Run("revoke", "studio", "--credential", "basic").Refused();
        Assert.Equal(0, Run("revoke", "studio").ExitCode);
        Run("revoke", "studio").Refused();
        Run("add", "studio").Refused();
        Run("rotate", "studio").Refused();

        await using var database = await Database.OpenAsync(new StorageOptions { DataDirectory = _folder["data"] });
        await using var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), _folder["data"], isProduction: false);
        await using var audit = await AuditLog.OpenAsync(
            database,
            new AuditOptions { LogKeySeed = await vault.GetOrCreateSecretAsync("audit.log-key", 32), PseudonymKey = await vault.GetOrCreateSecretAsync("audit.pseudonyms", 32) },
            TimeProvider.System);
        var entries = (await audit.QueryAsync(new AuditQuery { Limit = AuditQuery.MaxLimit })).Entries.Reverse().ToList();
        Assert.All(entries, entry => Assert.Equal((AuditKind.Administration, "studio"), (entry.Kind, entry.Details["packager"])));
        Assert.Equal(["packager.added", "packager.rotated", "packager.rotated", "packager.revoked", "packager.revoked"], entries.Select(entry => entry.Details["action"]));
        foreach (var entry in entries) Assert.DoesNotContain(key[^43..], Encoding.UTF8.GetString(entry.Leaf.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_packager_may_bring_its_own_public_keys()
    {
        using var rsa = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=encoder", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var pem = _folder.Write("certificate.pem", Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
        var key = _folder.Write("key.pem", Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()));
        var added = Run("add", "encoder", "--credential", "certificate", "--public-key", pem, "--certificate", pem);
        Assert.Equal((0, ""), (added.ExitCode, added.Output));
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(rsa.ExportSubjectPublicKeyInfo())), added.Error, StringComparison.Ordinal);
        Assert.Equal(0, Run("add", "shaka", "--credential", "rsa-signer", "--public-key", key).ExitCode);
        Run("add", "third", "--credential", "rsa-signer").Refused();
        Run("add", "third", "--credential", "basic", "--public-key", key).Refused();
        Run("add", "third", "--certificate", key).Refused();
        Assert.Equal(2, JsonDocument.Parse(Run("list", "--json").Succeeded()).RootElement.GetArrayLength());
    }

    [Theory]
    [InlineData(2, "add")]
    [InlineData(2, "add", "x", "--credential", "nonsense")]
    [InlineData(2, "add", "x", "--system", "nonsense")]
    [InlineData(2, "add", "x", "--contnt", "film-*")]
    [InlineData(2, "add", "x", "y")]
    [InlineData(2, "rotate", "x", "--grace", "-1")]
    [InlineData(1, "add", "with space")]
    [InlineData(1, "add", "x", "--content", "a*b")]
    [InlineData(1, "add", "x", "--rate", "0")]
    [InlineData(1, "revoke", "nobody")]
    [InlineData(1, "rotate", "nobody", "--credential", "basic")]
    public void Wrong_usage_ends_with_2_and_refusal_with_1(int code, params string[] words)
    {
        var result = Run(words);
        result.Refused(code);
        Assert.Equal("", result.Output);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    private static string Secret(ProgramResult result)
    {
        Assert.True(result.ExitCode == 0, result.Error);
        var secret = result.Output.TrimEnd('\n');
        Assert.DoesNotContain('\n', secret);
        Assert.DoesNotContain(secret, result.Error, StringComparison.Ordinal);
        return secret;
    }

    private ProgramResult Run(params string[] words) => DrmHubProgram.Run(["packagers", words[0], "--data", _folder["data"], .. words[1..]]);
}
