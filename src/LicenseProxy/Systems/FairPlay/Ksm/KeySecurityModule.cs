using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>The hub's own key security module, with the operator's certificates, keys and D-Function.</summary>
/// <remarks>
/// 1. Read the container and find the certificate. 2. Unwrap the key and decipher the payload (in version 3, after its code). 3. Read the elements.
/// 4. Derive the key of the session block from R2 and the application secret. 5. Open the session block and compare the integrity bytes. The CKC
/// is bound to this very SPC by its anti-replay seed and R1: it opens nothing on another device, and not twice on the same.
/// </remarks>
internal sealed class KeySecurityModule(IReadOnlyList<FairPlayCredential> credentials, IDerivation derivation, TransportSeeds? seeds) : IKeyModule
{
    public async ValueTask<IOpenedSpc> OpenAsync(ReadOnlyMemory<byte> spc, string? assetUri, CancellationToken cancellationToken)
    {
        var container = SpcContainer.Parse(spc);
        var credential = credentials.FirstOrDefault(each => each.IsFor(container)) ?? throw new FairPlayException(FairPlayStatus.Certificate, "The SPC was made for a certificate that is not here.");
        var payload = Decipher(container, credential);
        var derived = GC.AllocateUninitializedArray<byte>(16, pinned: true);
        try
        {
            var message = SpcMessage.Parse(payload);
            var asset = AssetId.Parse(message.AssetId.Span);
            if (assetUri is not null && !asset.IsConsistentWith(AssetId.Parse(assetUri)))
                throw new FairPlayException(FairPlayStatus.Parameter, "The request names another asset than the SPC.");
            await derivation.DeriveAsync(message.R2, credential.ApplicationSecret, derived, cancellationToken);
            var session = SessionSecrets.Open(message, derived);
            var facts = new SpcFacts
            {
                Version = container.Version,
                Asset = asset,
                DeviceId = Convert.ToHexStringLower(session.DeviceId),
                Device = message.Device,
                Playback = message.PlaybackState,
            };
            return new Opened(facts, payload, message, session);
        }
        catch
        {
            CryptographicOperations.ZeroMemory(payload);
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var credential in credentials) credential.Dispose();
        await derivation.DisposeAsync();
    }

    private byte[] Decipher(SpcContainer container, FairPlayCredential credential)
    {
        if (container.Version == 3 && seeds is null)
            throw new FairPlayException(FairPlayStatus.NotImplemented, "SPCs of version 3 need the constants of FairPlay:V3, or an external key security module.");
        var key = credential.Unwrap(container);
        try
        {
            if (container.Version == 3) return seeds!.Open(container, key);
            using var aes = Aes.Create();
            aes.SetKey(key);
            return aes.DecryptCbc(container.Payload.Span, container.Iv.Span, PaddingMode.None);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private sealed class Opened(SpcFacts facts, byte[] payload, SpcMessage message, SessionSecrets session) : KeyedSpc(facts)
    {
        public override ValueTask<CkcAnswer> AnswerAsync(ContentKey key, ReadOnlyMemory<byte> iv, CkcTerms terms, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new CkcAnswer(CkcWriter.Write(message, session, key.Bytes, iv.Span, terms), null));

        public override void Dispose()
        {
            session.Dispose();
            CryptographicOperations.ZeroMemory(payload);
        }
    }
}
