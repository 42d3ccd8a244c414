using DrmHub.Host.Hosting;
using DrmHub.Testing;
using Microsoft.Extensions.Configuration;

namespace DrmHub.DrmHub.Tests.Hosting;

public sealed class ConfiguredSecretsTests
{
    [Fact]
    public void A_reference_is_read_from_its_file_without_the_last_line_end()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["postgresql"], "Host=db;Password=hidden\n");

        var configuration = HubConfiguration.Read([$"--Storage:PostgreSql=file:{folder["postgresql"]}"]);

        Assert.Equal("Host=db;Password=hidden", configuration["Storage:PostgreSql"]);
        Assert.Empty(ConfiguredSecrets.FindPlain(configuration));
    }

    [Fact]
    public void A_reference_that_leads_nowhere_is_named_by_its_setting()
    {
        var exception = Assert.Throws<ArgumentException>(() => HubConfiguration.Read(["--Shared:Redis=file:/nowhere/redis"]));

        Assert.Contains("Shared:Redis", exception.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/redis", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_settings_may_begin_like_a_reference()
    {
        var configuration = HubConfiguration.Read(["--Audit:PublishFile=file:/somewhere"]);

        Assert.Equal("file:/somewhere", configuration["Audit:PublishFile"]);
    }

    [Theory]
    [InlineData("--Storage:PostgreSql=Host=db;Password=plain", "Storage:PostgreSql")]
    [InlineData("--Audit:Webhooks:0:Secret=plain", "Audit:Webhooks:0:Secret")]
    [InlineData("--Console:Oidc:ClientSecret=plain", "Console:Oidc:ClientSecret")]
    public void A_secret_on_the_command_line_is_found(string word, string name)
    {
        Assert.Equal([name], ConfiguredSecrets.FindPlain(HubConfiguration.Read([word])));
        Assert.Contains(InsecureDefaults.Find(HubConfiguration.Read([word])), problem => problem.Contains(name, StringComparison.Ordinal) && !problem.Contains("plain", StringComparison.Ordinal));
    }

    [Fact]
    public void A_connection_without_a_password_is_no_secret() =>
        Assert.Empty(ConfiguredSecrets.FindPlain(HubConfiguration.Read(["--Storage:PostgreSql=Host=/run/postgresql;Username=drmhub"])));
}
