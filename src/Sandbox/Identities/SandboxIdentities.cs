using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DrmHub.Sandbox.Identities;

/// <summary>
/// The sandbox's roots of trust and service keys, from the program itself. They are public: whoever has the program has them, so
/// nothing that is worth anything may trust them, and Production refuses the sandbox.
/// </summary>
internal static class SandboxIdentities
{
    private static readonly Lazy<RSAParameters> Root = new(() => ReadRsa("widevine-root"));
    private static readonly Lazy<RSAParameters> Service = new(() => ReadRsa("widevine-service"));
    private static readonly Lazy<string> FairPlay1024Pem = new(() => Read("fairplay-1024"));
    private static readonly Lazy<string> FairPlay2048Pem = new(() => Read("fairplay-2048"));
    private static readonly Lazy<string> PlayReadyPem = new(() => Read("playready-root"));

    /// <summary>Signs Widevine device and service certificates. A new instance for each caller: instances are not for several threads.</summary>
    public static RSA WidevineRoot() => RSA.Create(Root.Value);

    /// <summary>Opens client ids that devices in privacy mode encrypted.</summary>
    public static RSA WidevineService() => RSA.Create(Service.Value);

    /// <param name="bits">1024 for SPC version 1, 2048 for version 2.</param>
    public static X509Certificate2 FairPlay(int bits) => FromPem(bits == 1024 ? FairPlay1024Pem.Value : FairPlay2048Pem.Value);

    public static X509Certificate2 PlayReadyRoot() => FromPem(PlayReadyPem.Value);

    private static X509Certificate2 FromPem(string pem) => X509Certificate2.CreateFromPem(pem, pem);

    private static RSAParameters ReadRsa(string name)
    {
        using var key = RSA.Create();
        key.ImportFromPem(Read(name));
        return key.ExportParameters(includePrivateParameters: true);
    }

    private static string Read(string name)
    {
        using var stream = typeof(SandboxIdentities).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the program.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
