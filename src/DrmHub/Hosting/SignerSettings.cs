using DrmHub.KeyService.WidevineKeys;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Configuration <c>KeyService:Signers:N</c>: <c>Name</c>; <c>AesKey</c> and <c>AesIv</c> in hex; <c>RsaPublicKeyFile</c>, a PEM file.
/// In Development the public test signer is there beside them.
/// </summary>
internal static class SignerSettings
{
    public static bool IsDefault(IConfiguration configuration) => AllowsUnsigned(configuration, development: true) && !configuration.GetSection("KeyService:Signers").GetChildren().Any();

    /// <summary><c>KeyService:AllowUnsigned=false</c> shuts the doors that Development leaves open: loopback without a credential, and the test signer.</summary>
    public static bool AllowsUnsigned(IConfiguration configuration, bool development) => development && configuration.GetValue("KeyService:AllowUnsigned", true);

    /// <exception cref="ArgumentException">With all that is wrong with a signer.</exception>
    public static IReadOnlyList<WidevineSigner> Read(IConfiguration configuration, bool development)
    {
        var signers = configuration.GetSection("KeyService:Signers").GetChildren().Select(ReadOne).ToList();
        if (development && signers.TrueForAll(signer => signer.Name != WidevineSigner.Test.Name)) signers.Add(WidevineSigner.Test);
        return signers;
    }

    private static WidevineSigner ReadOne(IConfigurationSection section) => new(
        section["Name"] ?? throw new ArgumentException($"{section.Path} has no Name."),
        Hex(section, "AesKey"),
        Hex(section, "AesIv"),
        section["RsaPublicKeyFile"] is { Length: > 0 } file ? File.ReadAllText(file) : null);

    private static byte[]? Hex(IConfigurationSection section, string name)
    {
        if (section[name] is not { Length: > 0 } text) return null;
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            throw new ArgumentException($"{section.Path}:{name} is not hex.");
        }
    }
}
