using DrmHub.Host.Tokens;
using DrmHub.Vault.Keys.MasterKeys;

namespace DrmHub.Host.Hosting;

/// <summary>Defaults that make a first try easy and that nobody may rely on: warned of in Development, refused in Production.</summary>
internal static class InsecureDefaults
{
    /// <returns>For each, a sentence that says what it is and what to set instead.</returns>
    public static IReadOnlyList<string> Find(IConfiguration configuration)
    {
        var found = new List<string>();
        if (TokenKeys.UsesLocalKey(configuration))
            found.Add("Tokens are signed by a key in the data directory. Set Tokens:Issuer and Tokens:PublicKeyFiles to those of your identity provider, or Tokens:Discovery=true where it publishes its keys.");
        if (SignerSettings.IsDefault(configuration))
            found.Add("Key requests are accepted from loopback without a credential, and from the public test signer widevine_test. Set KeyService:Signers, or KeyService:AllowUnsigned=false where all packagers are added with drmhub packagers add.");
        var masterKey = configuration.GetSection("Vault:MasterKey").Get<MasterKeyOptions>() ?? new MasterKeyOptions();
        if (masterKey is { Source: MasterKeySource.File, AllowFileInProduction: false })
            found.Add("The master key is a file. Set Vault:MasterKey:Source, or allow the file by name with Vault:MasterKey:AllowFileInProduction (docs/vault.md).");
        if (configuration is IConfigurationRoot root && ConfiguredSecrets.FindPlain(root) is { Count: > 0 } plain)
            found.Add($"Secrets stand in the configuration itself ({string.Join(", ", plain)}). Name them by file:PATH or env:NAME.");
        return found;
    }
}
