using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy.Systems.ClearKey;

/// <summary>One Clear Key licence request.</summary>
internal sealed class ClearKeyExchange(HttpRequest request) : ILicenseExchange
{
    private string _type = "temporary";

    public DrmSystem System => DrmSystem.ClearKey;

    public async ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken) =>
        ClearKeyMessages.Parse(await LicenseHttp.ReadChallengeAsync(request, cancellationToken), out _type);

    public ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new LicenseAnswer(ClearKeyMessages.WriteLicense(grant.Keys, _type), "application/json"));
}
