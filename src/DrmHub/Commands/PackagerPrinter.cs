using System.Text.Json;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.Host.Commands;

/// <summary>Shows a new credential: the one time that its secret is seen.</summary>
internal static class PackagerPrinter
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Print(string packager, IssuedCredential issued, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new { Packager = packager, Credential = issued.Kind.ToName(), issued.Identifier, issued.Secret }, Json));
            return;
        }

        Console.Error.WriteLine(issued.Kind switch
        {
            CredentialKind.ApiKey => $"The API key of {packager}, for the header X-API-Key. It is shown this once.",
            CredentialKind.Basic or CredentialKind.Digest => $"The password of the user {issued.Identifier}. It is shown this once.",
            CredentialKind.Aws => $"The secret access key of the access key id {issued.Identifier}. It is shown this once.",
            CredentialKind.Signer => $"The AES key and IV of the signer {issued.Identifier}, in hex. They are shown this once.",
            CredentialKind.Certificate => $"{packager} may come with the client certificate whose public key has the SHA-256 {issued.Identifier}.",
            _ => $"{packager} may sign with its RSA key as the signer {issued.Identifier}.",
        });
        if (issued.Secret is not null) Console.Out.WriteLine(issued.Secret);
    }
}
