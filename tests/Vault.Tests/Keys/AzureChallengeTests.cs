using DrmHub.Vault.Keys.MasterKeys;
using FsCheck.Xunit;

namespace DrmHub.Vault.Tests.Keys;

public sealed class AzureChallengeTests
{
    [Theory]
    [InlineData("Bearer authorization=\"https://login.microsoftonline.com/t-1\", resource=\"https://vault.azure.net\"", "https://vault.azure.net/.default", "t-1")]
    [InlineData("bearer authorization_uri=\"https://login.microsoftonline.com/t-1/oauth2\",scope=\"https://managedhsm.azure.net/.default\"", "https://managedhsm.azure.net/.default", "t-1")]
    [InlineData("Bearer resource=https://vault.azure.net, authorization=https://login.microsoftonline.com/t-1", "https://vault.azure.net/.default", "t-1")]
    [InlineData("Bearer realm=\"x\"", null, null)]
    [InlineData("Bearer authorization=\"https://login", null, null)]
    public void Known_forms_are_read(string header, string? scope, string? tenant)
    {
        var challenge = AzureChallenge.Parse(header);
        Assert.NotNull(challenge);
        Assert.Equal((scope, tenant), (challenge.Scope, challenge.TenantId));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Basic realm=\"x\"")]
    [InlineData("Bearer")]
    public void Other_schemes_are_not_ours(string? header) => Assert.Null(AzureChallenge.Parse(header));

    [Theory]
    [InlineData("demo.vault.azure.net", true)]
    [InlineData("DEMO.VAULT.AZURE.NET", true)]
    [InlineData("examplevault.azure.net", false)]
    [InlineData("example.vault.azure.com", false)]
    [InlineData("vault.azure.net", false)]
    [InlineData("demo.vault.azure.net.evil.example", false)]
    [InlineData("", false)]
    public void A_token_goes_only_to_a_host_under_the_resource(string host, bool allowed) =>
        Assert.Equal(allowed, new AzureChallenge("https://vault.azure.net/.default", null, null).IsFor(host));

    [Theory]
    [InlineData("https://demo.vault.azure.net/keys/master", "master", null)]
    [InlineData("https://demo.vault.azure.net/keys/master/0123abcd", "master", "0123abcd")]
    public void Key_identifiers_are_read(string uri, string name, string? version)
    {
        Assert.True(AzureKeyName.TryParse(new Uri(uri), out var key));
        Assert.Equal((name, version), (key.Name, key.Version));
        Assert.Equal("https://demo.vault.azure.net/keys/master/", key.Prefix);
    }

    [Theory]
    [InlineData("http://demo.vault.azure.net/keys/master")]
    [InlineData("https://demo.vault.azure.net/secrets/master")]
    [InlineData("https://demo.vault.azure.net/keys/")]
    [InlineData("https://demo.vault.azure.net/keys/a/b/c")]
    [InlineData("https://demo.vault.azure.net/keys/a%2Fb")]
    [InlineData("https://demo.vault.azure.net/keys/a?x=1")]
    [InlineData("https://user@demo.vault.azure.net/keys/a")]
    public void Other_identifiers_are_refused(string uri) => Assert.False(AzureKeyName.TryParse(new Uri(uri), out _));

    [Property(MaxTest = 2000)]
    public void Any_header_is_read_or_refused_without_a_fault(string text)
    {
        foreach (var header in (string?[])[text, "Bearer " + text, "Bearer authorization=\"" + text, "Bearer error=insufficient_claims, claims=\"" + text + "\""])
            _ = AzureChallenge.Parse(header)?.IsFor("demo.vault.azure.net");
    }

    [Property(MaxTest = 300)]
    public void Any_master_key_file_is_read_or_refused_with_one_exception(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "drmhub-master-v1 " + text);
            try
            {
                Assert.All(new MasterKeyFile(path).Read(), key => Assert.Equal(32, key.Length));
            }
            catch (MasterKeyException)
            {
                // Refused, as it should be.
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
