using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Speke;

/// <summary>
/// Reads a SPEKE v1 request: <c>CPIX@id</c> is the content id, there are no versions and no track types, and a period filter, if any,
/// names the rotation index.
/// </summary>
public static class SpekeV1Contract
{
    /// <param name="body">The request's body.</param>
    /// <param name="limits">What the document may cost; default <see cref="CpixLimits.Requests"/>.</param>
    /// <exception cref="SpekeException">The request is refused.</exception>
    public static SpekeContract Parse(ReadOnlySpan<byte> body, CpixLimits? limits = null)
    {
        try
        {
            return Read(CpixDocument.Load(body, limits ?? CpixLimits.Requests));
        }
        catch (CpixException e)
        {
            throw SpekeV2Contract.Refuse(e);
        }
    }

    private static SpekeContract Read(CpixDocument document)
    {
        // Some encoders already write the attribute of later versions.
        var contentId = string.IsNullOrWhiteSpace(document.Id) ? document.ContentId : document.Id;
        if (string.IsNullOrWhiteSpace(contentId)) throw SpekeV2Contract.Malformed("CPIX@id is missing: it is the content id.");
        if (document.ContentKeys.Count == 0) throw SpekeV2Contract.Malformed("The request has no ContentKey.");
        if (document.DrmSystems.Count == 0) throw SpekeV2Contract.Malformed("The request has no DRMSystem.");
        if (document.DeliveryData.Any(static d => d.CertificateBytes is null)) throw SpekeV2Contract.Malformed("DeliveryKey has no X509Certificate.");
        foreach (var system in document.DrmSystems)
        {
            if (document.FindKey(system.Kid) is null) throw SpekeV2Contract.Malformed($"DRMSystem names {system.Kid}, which is no ContentKey.");
            if (system.System is null) throw new SpekeException(SpekeException.UnprocessableContent, SpekeMessages.NotSupported, $"The DRM system {system.SystemId} is not known here.");
        }

        var systems = document.DrmSystems.ToLookup(static s => s.Kid);
        var rules = document.UsageRules.ToLookup(static r => r.Kid);
        var periods = document.Periods.Where(static p => !string.IsNullOrEmpty(p.Id)).ToDictionary(static p => p.Id!, StringComparer.Ordinal);
        var keys = document.ContentKeys.Select(key =>
        {
            var periodId = rules[key.Kid].SelectMany(static r => r.PeriodIds).FirstOrDefault();
            CpixPeriod? period = null;
            if (periodId is not null && (!periods.TryGetValue(periodId, out period) || period.Index is null))
                throw SpekeV2Contract.Malformed($"KeyPeriodFilter names {periodId}, which is no ContentKeyPeriod with an index.");
            return new SpekeKeyRequest { Key = key, Range = SpekeTrackRange.Everything, Period = period, Systems = [.. systems[key.Kid]] };
        }).ToList();
        return new SpekeContract(document, contentId, null, keys, document.DeliveryData.Count > 0);
    }
}
