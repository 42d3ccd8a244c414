using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.LicenseProxy.Upstreams;
using Microsoft.Extensions.Configuration;

namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary>Configuration section <c>FairPlay</c> (docs/fairplay.md). Read at start; what is wrong is said all at once.</summary>
public static class FairPlaySettings
{
    private const int BlockSize = 16;

    /// <param name="configuration">The section; may be empty.</param>
    /// <exception cref="UpstreamSettingsException">With everything that is wrong.</exception>
    public static FairPlayOptions Read(IConfigurationSection configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var problems = new List<string>();
        var section = new UpstreamSection(configuration, problems);
        var credentials = new List<FairPlayCredential?> { section.Text("CertificateFile") is null ? null : ReadCredential(section, problems) };
        credentials.AddRange(section.Children("More").Select(more => ReadCredential(more, problems)));
        var options = new FairPlayOptions
        {
            Published = ReadPublished(section, credentials.FirstOrDefault()),
            MinimumDenyList = (uint)section.Number("MinimumDenyList", 31, 0, int.MaxValue),
            ClientInfo = section.Flag("KsmClientInfo", true),
            Module = ReadModule(section, [.. credentials.OfType<FairPlayCredential>()], problems),
        };
        foreach (var known in new[] { "PrivateKey", "PrivateKeyPassword", "Ask" }) section.Text(known);
        section.RefuseUnknown();
        return problems.Count == 0 ? options : throw new UpstreamSettingsException(problems);
    }

    private static ReadOnlyMemory<byte>? ReadPublished(UpstreamSection section, FairPlayCredential? first)
    {
        if (section.Text("PublishFile") is { } publish) return ReadFile(section, "PublishFile", publish);
        if (first is null) return null; // in a conditional expression it would become an empty memory
        return first.Certificate;
    }

    private static KeySecurityModule? ReadModule(UpstreamSection section, IReadOnlyList<FairPlayCredential> credentials, List<string> problems)
    {
        var function = section.Nested("DFunction");
        var derivation = ReadDerivation(function, problems);
        function.RefuseUnknown();
        var seeds = ReadSeeds(section.Nested("V3"));
        if (credentials.Count == 0)
        {
            if (derivation is not null) section.Problem("CertificateFile", "is missing: a D-Function alone opens nothing");
            return null;
        }

        if (derivation is null)
        {
            if (problems.Count == 0) section.Problem("DFunction", "is missing: Assembly or Socket");
            return null;
        }

        return new KeySecurityModule(credentials, derivation, seeds);
    }

    private static IDerivation? ReadDerivation(UpstreamSection section, List<string> problems)
    {
        var (assembly, type, socket) = (section.Text("Assembly"), section.Text("Type"), section.Text("Socket"));
        var timeout = section.Milliseconds("TimeoutMs", TimeSpan.FromSeconds(2));
        if (assembly is not null && socket is not null) section.Problem("Socket", "and Assembly exclude each other");
        if (assembly is null) return socket is null ? null : new SocketDerivation(socket, timeout);
        try
        {
            return PluginDerivation.Load(assembly, type);
        }
        catch (ArgumentException exception)
        {
            problems.Add(exception.Message);
            return null;
        }
    }

    private static TransportSeeds? ReadSeeds(UpstreamSection section)
    {
        if (section.Text("KeySeed") is null && section.Text("IvSeed") is null && section.Text("IntegritySeed") is null)
        {
            section.RefuseUnknown();
            return null;
        }

        var seeds = new TransportSeeds(section.HexSecret("KeySeed", BlockSize), section.HexSecret("IvSeed", BlockSize), section.HexSecret("IntegritySeed", BlockSize));
        section.RefuseUnknown();
        return seeds;
    }

    private static FairPlayCredential? ReadCredential(UpstreamSection section, List<string> problems)
    {
        var before = problems.Count;
        var certificate = ReadCertificate(section);
        var key = ReadKey(section);
        var ask = section.Text("Ask") is null ? [] : section.HexSecret("Ask", BlockSize);
        if (problems.Count > before || certificate is null || key is null)
        {
            key?.Dispose();
            return null;
        }

        try
        {
            return new FairPlayCredential(certificate, key, ask);
        }
        catch (ArgumentException exception)
        {
            section.Problem("PrivateKey", exception.Message.TrimEnd('.'));
            return null;
        }
    }

    private static byte[]? ReadCertificate(UpstreamSection section)
    {
        if (section.Required("CertificateFile") is not { Length: > 0 } path || ReadFile(section, "CertificateFile", path) is not { } bytes) return null;
        try
        {
            // A PEM file is taken too: devices hash the DER.
            using var certificate = X509CertificateLoader.LoadCertificate(bytes.Span);
            return certificate.RawData;
        }
        catch (CryptographicException)
        {
            section.Problem("CertificateFile", "is no certificate in DER or PEM");
            return null;
        }
    }

    private static RSA? ReadKey(UpstreamSection section)
    {
        if (section.Text("PrivateKeyPassword") is null) return section.RsaSecret("PrivateKey");
        if (section.Secret("PrivateKey") is not { } pem || section.Secret("PrivateKeyPassword") is not { } password) return null;
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromEncryptedPem(pem, password);
            return rsa;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            // The parser may quote what it read.
            rsa.Dispose();
            section.Problem("PrivateKey", "is no RSA private key in PEM that this password opens");
            return null;
        }
    }

    private static ReadOnlyMemory<byte>? ReadFile(UpstreamSection section, string name, string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            section.Problem(name, "cannot be read");
            return null;
        }
    }
}
