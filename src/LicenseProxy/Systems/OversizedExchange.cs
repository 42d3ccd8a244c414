using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems;

/// <summary>A challenge that was too long to be read: it still goes through the gate, which authenticates first and records the refusal.</summary>
internal sealed class OversizedExchange(DrmSystem system) : ILicenseExchange
{
    public DrmSystem System => system;

    public ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken) =>
        throw new ChallengeException(ReasonCodes.ChallengeMalformed, $"The challenge has more than {LicenseHttp.MaxChallenge} bytes.");

    public ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken) => throw new InvalidOperationException("A challenge that was not read is never granted.");
}
