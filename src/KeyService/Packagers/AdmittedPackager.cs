using System.Security.Cryptography.X509Certificates;
using DrmHub.Cenc;
using DrmHub.KeyService.Speke;
using DrmHub.Vault.Keys.Packagers;
using Microsoft.AspNetCore.Http;

namespace DrmHub.KeyService.Packagers;

/// <summary>Who asks, and what they may have.</summary>
/// <param name="Name">For the audit log.</param>
/// <param name="Limits">Null for those that no limit binds: a token with the role, a configured signer, loopback in Development.</param>
internal sealed record AdmittedPackager(string Name, Packager? Limits)
{
    /// <summary>Refuses what is outside the packager's limits, before any key is made.</summary>
    /// <param name="contentId">The content that is asked for.</param>
    /// <param name="systems">The systems; null for one that is not known here.</param>
    /// <param name="encrypted">Whether the keys will go out encrypted to a certificate.</param>
    /// <exception cref="PackagerRefusedException">403, with the code of the limit.</exception>
    public void Require(string contentId, IEnumerable<DrmSystem?> systems, bool encrypted)
    {
        if (Limits is null) return;
        if (!Limits.MayAskFor(contentId)) throw Refuse(PackagerCodes.Content, "This packager may not ask for this content id.", contentId);
        if (!systems.All(Limits.MayAskFor)) throw Refuse(PackagerCodes.System, "This packager may not ask for one of these DRM systems.", contentId);
        if (!Limits.PlainKeys && !encrypted) throw Refuse(PackagerCodes.PlainKeys, "This packager gets encrypted keys only: send a certificate in DeliveryData, or register one.", contentId);
    }

    /// <summary>
    /// The same for a CPIX or SPEKE contract. Keys of a packager with a registered certificate are encrypted to that one and no
    /// other: with a stolen credential and a certificate of their own, nobody can read them.
    /// </summary>
    /// <returns>The contract, with the registered certificate where the request brought none.</returns>
    /// <exception cref="PackagerRefusedException">403, with the code of the limit.</exception>
    public SpekeContract Apply(SpekeContract contract)
    {
        if (Limits is null) return contract;
        var systems = contract.Document.DrmSystems.Select(system => system.System);
        Require(contract.ContentId, systems, contract.WantsEncryptedKeys || Limits.Certificate is not null);
        if (Limits.Certificate is not { } registered) return contract;
        if (contract.WantsEncryptedKeys)
        {
            if (contract.Document.DeliveryData.All(recipient => recipient.CertificateBytes is { } bytes && bytes.AsSpan().SequenceEqual(registered))) return contract;
            throw Refuse(PackagerCodes.Certificate, "The certificate of the request is not the one that is registered with this packager.", contract.ContentId);
        }

        using var certificate = X509CertificateLoader.LoadCertificate(registered);
        contract.Document.AddRecipient(certificate);
        return contract with { WantsEncryptedKeys = true };
    }

    private PackagerRefusedException Refuse(string code, string detail, string contentId) =>
        new(new PackagerRefusal(StatusCodes.Status403Forbidden, code, detail) { Packager = Name, ContentId = contentId });
}
