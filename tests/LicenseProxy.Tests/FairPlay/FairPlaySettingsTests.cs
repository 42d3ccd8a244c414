using DrmHub.LicenseProxy.Systems.FairPlay;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Testing;
using Microsoft.Extensions.Configuration;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

public sealed class FairPlaySettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_whole_configuration_makes_a_module()
    {
        var options = Read(Complete());
        Assert.Equal(FairPlayVectors.Certificate(1), options.Published!.Value.ToArray());
        await using var module = options.Module!;
        foreach (var vector in FairPlayVectors.All.Where(vector => vector.Version != 3))
            using (await module.OpenAsync(vector.Bytes, null, default))
            {
            }
    }

    [Fact]
    public void Nothing_configured_is_no_FairPlay()
    {
        var options = Read([]);
        Assert.Null(options.Module);
        Assert.Null(options.Published);
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once_and_no_secret_with_it()
    {
        var settings = Complete();
        settings["FairPlay:Ask"] = "5a0102030405060708090a0b0c0d0e0f";
        settings["FairPlay:More:0:PrivateKey"] = "file:" + Write("bad.pem", "-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----");
        settings["FairPlay:DFunction:Socket"] = "/x";
        settings["FairPlay:V3:KeySeed"] = "env:DRMHUB_TEST_NOT_SET";
        settings["FairPlay:Certificate"] = "typo";
        var problem = Assert.Throws<UpstreamSettingsException>(() => Read(settings));
        foreach (var expected in new[] { "FairPlay:Ask", "FairPlay:More:0:PrivateKey", "FairPlay:DFunction:Socket", "FairPlay:V3:KeySeed", "FairPlay:V3:IvSeed", "FairPlay:Certificate is no setting" })
            Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("5a0102", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FairPlay:DFunction:Assembly", null, "FairPlay:DFunction is missing")]
    [InlineData("FairPlay:CertificateFile", "/nowhere", "CertificateFile cannot be read")]
    [InlineData("FairPlay:PrivateKey", null, "PrivateKey is missing")]
    public void A_part_that_is_missing_is_named(string name, string? value, string expected)
    {
        var settings = Complete();
        settings.Remove("FairPlay:DFunction:Type");
        if (value is null) settings.Remove(name);
        else settings[name] = value;
        if (name.Contains("DFunction", StringComparison.Ordinal) == false) settings["FairPlay:DFunction:Type"] = typeof(StandInDFunction).FullName;
        Assert.Contains(expected, Assert.Throws<UpstreamSettingsException>(() => Read(settings)).Message, StringComparison.Ordinal);
    }

    private static FairPlayOptions Read(Dictionary<string, string?> settings) =>
        FairPlaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build().GetSection("FairPlay"));

    private Dictionary<string, string?> Complete() => new()
    {
        ["FairPlay:CertificateFile"] = Write("large.cer", FairPlayVectors.Certificate(1)),
        ["FairPlay:PrivateKey"] = "file:" + Write("large.pem", FairPlayVectors.PrivateKey(1)),
        ["FairPlay:Ask"] = "file:" + Write("ask", Convert.ToHexString(FairPlayVectors.Ask)),
        ["FairPlay:More:0:CertificateFile"] = Write("small.cer", FairPlayVectors.Certificate(0)),
        ["FairPlay:More:0:PrivateKey"] = "file:" + Write("small.pem", FairPlayVectors.PrivateKey(0)),
        ["FairPlay:More:0:Ask"] = "file:" + Write("ask", Convert.ToHexString(FairPlayVectors.Ask)),
        ["FairPlay:DFunction:Assembly"] = typeof(StandInDFunction).Assembly.Location,
        ["FairPlay:DFunction:Type"] = typeof(StandInDFunction).FullName,
    };

    private string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
