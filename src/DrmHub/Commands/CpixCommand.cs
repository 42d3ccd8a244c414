using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DrmHub.KeyService.Cpix;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub cpix</c>: looks at CPIX documents and works on them without a server, asks a server for one, or takes its keys into a hub.</summary>
public static class CpixCommand
{
    internal const int Done = 0;
    internal const int Refused = 1;

    public static Command Create() => new("cpix", "Show, check, encrypt, decrypt, sign, verify, request and import CPIX documents.")
    {
        CpixShowCommand.CreateShow(),
        CpixShowCommand.CreateValidate(),
        CpixCryptCommand.CreateEncrypt(),
        CpixCryptCommand.CreateDecrypt(),
        CpixSignCommand.CreateSign(),
        CpixSignCommand.CreateVerify(),
        CpixRequestCommand.Create(),
        CpixImportCommand.Create(),
    };

    internal static Argument<string> FileArgument() => new("FILE") { Description = "The document; - reads standard input." };

    internal static Option<bool> JsonOption() => new("--json") { Description = "Write JSON for machines." };

    internal static Option<string?> OutOption() => new("--out") { Description = "Where the document goes (default: standard output)." };

    internal static Option<string?> PasswordFileOption() => new("--password-file") { Description = "File with the password of the PFX file or private key." };

    internal static Option<string?> PrivateKeyOption() => new("--private-key") { Description = "PEM file with the private key, where the certificate file has none." };

    /// <summary>Runs a command; whatever is wrong with its files becomes one line on standard error and exit code 1.</summary>
    internal static int Run(ParseResult parse, Func<TextWriter, int> run)
    {
        try
        {
            return run(parse.InvocationConfiguration.Output);
        }
        catch (CpixException e)
        {
            parse.InvocationConfiguration.Error.WriteLine($"{e.Code}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or InvalidOperationException)
        {
            parse.InvocationConfiguration.Error.WriteLine($"drmhub cpix: {e.Message}");
        }

        return Refused;
    }

    internal static CpixDocument Load(string file)
    {
        using var stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        return CpixDocument.LoadAsync(stream).GetAwaiter().GetResult();
    }

    internal static void Save(CpixDocument document, string? file, TextWriter output)
    {
        var bytes = document.Save();
        if (file is null) output.WriteLine(Encoding.UTF8.GetString(bytes));
        else File.WriteAllBytes(file, bytes);
    }

    /// <summary>A certificate without its private key: PEM or DER.</summary>
    internal static X509Certificate2 LoadCertificate(string file) => X509CertificateLoader.LoadCertificate(File.ReadAllBytes(file));

    /// <summary>A certificate with its private key: PFX, or PEM with the key in the same or in another file.</summary>
    internal static X509Certificate2 LoadIdentity(string file, string? privateKeyFile, string? passwordFile)
    {
        var password = passwordFile is null ? null : File.ReadAllText(passwordFile).TrimEnd('\r', '\n');
        var bytes = File.ReadAllBytes(file);
        var isPem = bytes.AsSpan().IndexOf("-----BEGIN"u8) >= 0;
        if (!isPem && privateKeyFile is null) return X509CertificateLoader.LoadPkcs12(bytes, password);
        using var certificate = X509CertificateLoader.LoadCertificate(bytes);
        var pem = privateKeyFile is null ? Encoding.UTF8.GetString(bytes) : File.ReadAllText(privateKeyFile);
        using var rsa = RSA.Create();
        if (password is null) rsa.ImportFromPem(pem);
        else rsa.ImportFromEncryptedPem(pem, password);
        return certificate.CopyWithPrivateKey(rsa);
    }
}
