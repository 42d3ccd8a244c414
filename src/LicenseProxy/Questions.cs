using System.Globalization;
using DrmHub.LicenseProxy.Devices;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>A licence question in the words of the decision.</summary>
internal static class Questions
{
    public static DecisionRequest Of(LicenseQuestion question, PlayerToken player, string contentId, IReadOnlyList<RequestedKey> keys, string? country, long nowMs) => new()
    {
        ContentId = contentId,
        Keys = keys,
        Level = question.Level,
        NowMs = nowMs,
        Use = question.Use,
        Country = country,
        Platform = question.Device.Platform,
        DeviceId = DeviceDoor.IdOf(player, question),
        SystemId = long.TryParse(question.Device.SystemId, NumberStyles.None, CultureInfo.InvariantCulture, out var systemId) ? systemId : null,
        CertificateSerial = question.Device.CertificateSerial,
        AppId = question.Device.AppId,
        TokenPlans = player.Plans,
        TokenMaxTrack = player.MaxTrack,
    };
}
