using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy.Systems.ClearKey;

/// <summary>
/// One Clear Key request or release. The licence itself has no durations: the answer's headers say when it ends and when to ask again, and a
/// player that ignores them is stopped by its next heartbeat only. That is why deals must allow Clear Key by name.
/// </summary>
internal sealed class ClearKeyExchange(HttpRequest request, bool isRelease) : ILicenseExchange
{
    private string _type = "temporary";

    public DrmSystem System => DrmSystem.ClearKey;

    public LicenseKind? Announced => isRelease ? LicenseKind.Release : null;

    public async ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken)
    {
        var question = ClearKeyMessages.Parse(await LicenseHttp.ReadChallengeAsync(request, cancellationToken), out _type);
        return isRelease ? question with { Kind = LicenseKind.Release } : question;
    }

    public ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken) => ValueTask.FromResult(new LicenseAnswer(
        isRelease ? ClearKeyMessages.WriteAcknowledgement(grant.Question.KeyIds) : ClearKeyMessages.WriteLicense(grant.Keys, _type), "application/json"));
}
