using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Aes128;

/// <summary>One request for an HLS key. It has no durations and no renewal of its own: a player asks again whenever it likes.</summary>
internal sealed class Aes128Exchange(string kid) : ILicenseExchange
{
    public DrmSystem System => DrmSystem.Aes128;

    public ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken) => KeyId.TryParse(kid, out var keyId)
        ? ValueTask.FromResult(new LicenseQuestion { System = DrmSystem.Aes128, KeyIds = [keyId], Level = SecurityLevel.None })
        : throw new ChallengeException(ReasonCodes.ChallengeMalformed, "The key id is 32 hex digits, with or without the hyphens of a GUID.");

    public ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new LicenseAnswer(grant.Keys[0].Key.Bytes.ToArray(), "application/octet-stream"));
}
