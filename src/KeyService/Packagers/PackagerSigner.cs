using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using DrmHub.KeyService.WidevineKeys;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.KeyService.Packagers;

/// <summary>Signers of the Widevine API out of the packagers' credentials, made once for each.</summary>
internal static class PackagerSigner
{
    private const int KeySize = 32;

    private static readonly ConditionalWeakTable<PackagerCredential, WidevineSigner> s_made = [];

    /// <summary>Verifies nothing, in the time that a known signer takes.</summary>
    public static WidevineSigner Decoy { get; } = new("decoy", RandomNumberGenerator.GetBytes(KeySize), RandomNumberGenerator.GetBytes(16), null);

    public static WidevineSigner Of(PackagerCredential credential) => s_made.GetValue(credential, Make);

    private static WidevineSigner Make(PackagerCredential credential) => credential.Kind == CredentialKind.Signer
        ? new WidevineSigner(credential.Identifier, credential.Kept[..KeySize].ToArray(), credential.Kept[KeySize..].ToArray(), null)
        : new WidevineSigner(credential.Identifier, null, null, PemEncoding.WriteString("PUBLIC KEY", credential.Kept));
}
