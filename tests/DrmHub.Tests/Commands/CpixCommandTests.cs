using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Host.Commands;
using DrmHub.KeyService.Cpix;

namespace DrmHub.Host.Tests.Commands;

public sealed class CpixCommandTests : IDisposable
{
    private const string Kid = "11111111-1111-4111-8111-111111111111";
    private const string KeyHex = "000102030405060708090a0b0c0d0e0f";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_document_goes_encrypted_to_its_recipient_and_back()
    {
        var clear = Write("clear.xml", Sample().Save());
        MakeIdentity("recipient", out var certificate, out var pfx, out var password);
        var encrypted = Path.Combine(_directory.FullName, "encrypted.xml");
        Assert.Equal((0, ""), Run("encrypt", clear, "--recipient", certificate, "--out", encrypted));
        Assert.DoesNotContain("PlainValue", File.ReadAllText(encrypted), StringComparison.Ordinal);
        Assert.Contains("encrypted", Run("show", encrypted).Output, StringComparison.Ordinal);
        Assert.Contains("recipient CN=recipient (1 document keys)", Run("show", encrypted).Output, StringComparison.Ordinal);

        var (code, decrypted) = Run("decrypt", encrypted, "--certificate", pfx, "--password-file", password);
        Assert.Equal(0, code);
        var again = Write("again.xml", System.Text.Encoding.UTF8.GetBytes(decrypted.Trim()));
        Assert.Contains(KeyHex, Run("show", again, "--keys").Output, StringComparison.Ordinal);
        Assert.DoesNotContain(KeyHex, Run("show", again).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stranger_s_key_and_missing_recipients_are_refused()
    {
        var clear = Write("clear.xml", Sample().Save());
        MakeIdentity("recipient", out var certificate, out _, out _);
        MakeIdentity("stranger", out _, out var pfx, out var password);
        var (code, text) = Run("encrypt", clear, "--recipient", certificate);
        Assert.Equal(0, code);
        var encrypted = Write("encrypted.xml", System.Text.Encoding.UTF8.GetBytes(text.Trim()));
        var (refused, message) = Run("decrypt", encrypted, "--certificate", pfx, "--password-file", password);
        Assert.Equal(1, refused);
        Assert.StartsWith("cpix.decrypt.recipient: ", message, StringComparison.Ordinal);
        Assert.StartsWith("cpix.encryption.state: ", Run("encrypt", clear).Output, StringComparison.Ordinal);
        Assert.Equal(1, Run("decrypt", encrypted, "--certificate", pfx).Code);
        Assert.Equal(1, Run("show", Path.Combine(_directory.FullName, "absent.xml")).Code);
    }

    [Fact]
    public void Signatures_are_made_and_verified()
    {
        var clear = Write("clear.xml", Sample().Save());
        MakeIdentity("signer", out var certificate, out var pfx, out var password);
        MakeIdentity("other", out var otherCertificate, out _, out _);
        var signed = Path.Combine(_directory.FullName, "signed.xml");
        Assert.Equal(0, Run("sign", clear, "--certificate", pfx, "--password-file", password, "--list", "keys", "--list", "rules", "--document", "--c14n", "1.1", "--out", signed).Code);
        var (code, output) = Run("verify", signed, "--trusted", certificate);
        Assert.Equal(0, code);
        Assert.Equal(3, output.Split("by CN=signer: good").Length - 1);
        Assert.Equal(1, Run("verify", signed, "--trusted", otherCertificate).Code);
        Assert.Contains("cpix.signature.untrusted", Run("verify", signed, "--trusted", otherCertificate, "--json").Output, StringComparison.Ordinal);
        Assert.Equal(1, Run("verify", clear).Code);

        var changed = Write("changed.xml", System.Text.Encoding.UTF8.GetBytes(File.ReadAllText(signed).Replace("intendedTrackType=\"SD\"", "intendedTrackType=\"HD\"", StringComparison.Ordinal)));
        Assert.Contains("ContentKeyUsageRuleList by CN=signer: cpix.signature.digest", Run("verify", changed).Output, StringComparison.Ordinal);
        Assert.NotEqual(0, Run("sign", clear, "--certificate", pfx, "--list", "everything").Code);
    }

    [Fact]
    public void A_pem_identity_works_too()
    {
        var clear = Write("clear.xml", Sample().Save());
        using var rsa = RSA.Create(2048);
        using var certificate = Request("pem", rsa);
        var both = Write("both.pem", System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n" + rsa.ExportPkcs8PrivateKeyPem()));
        var alone = Write("alone.pem", System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
        var key = Write("key.pem", System.Text.Encoding.ASCII.GetBytes(rsa.ExportPkcs8PrivateKeyPem()));
        Assert.Equal(0, Run("sign", clear, "--certificate", both).Code);
        Assert.Equal(0, Run("sign", clear, "--certificate", alone, "--private-key", key).Code);
        Assert.Equal(1, Run("sign", clear, "--certificate", alone).Code);
    }

    [Fact]
    public void Validation_fails_for_problems_and_only_strictly_for_the_schema()
    {
        var good = Sample();
        Assert.Equal((0, "The document is valid." + Environment.NewLine), Run("validate", Write("good.xml", good.Save())));
        good.AddDrmSystem(DrmSystemIds.Widevine, KeyId.Parse(Kid)).AddHlsSignaling("multiVariant");
        var schema = Write("schema.xml", good.Save());
        Assert.Equal(0, Run("validate", schema).Code);
        Assert.Equal(1, Run("validate", schema, "--strict").Code);
        good.AddUsageRule(KeyId.Parse("22222222-2222-4222-8222-222222222222"));
        var bad = Write("bad.xml", good.Save());
        Assert.Equal(1, Run("validate", bad).Code);
        using var json = JsonDocument.Parse(Run("validate", bad, "--json").Output);
        Assert.Contains(json.RootElement.EnumerateArray(), p => p.GetProperty("code").GetString() == "cpix.kid.unknown");
        Assert.StartsWith("cpix.xml: ", Run("validate", Write("no.xml", "no"u8.ToArray())).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Show_writes_json()
    {
        using var json = JsonDocument.Parse(Run("show", Write("clear.xml", Sample().Save()), "--json").Output);
        Assert.Equal("movie", json.RootElement.GetProperty("contentId").GetString());
        Assert.Equal(Kid, json.RootElement.GetProperty("keys")[0].GetProperty("kid").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("keys")[0].GetProperty("value").ValueKind);
        Assert.Equal("video ..589824 pixels", json.RootElement.GetProperty("rules")[0].GetProperty("filters")[0].GetString());
    }

    private static CpixDocument Sample()
    {
        var document = CpixDocument.Create("2.3", "movie");
        var key = document.AddContentKey(KeyId.Parse(Kid));
        key.SetKey(Convert.FromHexString(KeyHex));
        var rule = document.AddUsageRule(KeyId.Parse(Kid));
        rule.IntendedTrackType = "SD";
        rule.Add(new VideoFilter(MaxPixels: 589_824));
        return document;
    }

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private void MakeIdentity(string name, out string certificate, out string pfx, out string passwordFile)
    {
        using var rsa = RSA.Create(2048);
        using var made = Request(name, rsa);
        certificate = Write(name + ".cer", made.RawData);
        pfx = Write(name + ".pfx", made.Export(X509ContentType.Pkcs12, "secret"));
        passwordFile = Write(name + ".password", "secret\n"u8.ToArray());
    }

    private static X509Certificate2 Request(string name, RSA rsa) =>
        new CertificateRequest("CN=" + name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(90));

    private static (int Code, string Output) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        var code = CpixCommand.Create().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = output });
        return (code, output.ToString());
    }
}
