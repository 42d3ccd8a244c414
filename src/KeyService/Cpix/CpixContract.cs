using DrmHub.KeyService.Speke;

namespace DrmHub.KeyService.Cpix;

/// <summary>Reads a plain CPIX request: keys by id, with what the document says of systems, rules and periods, and no rules of SPEKE's.</summary>
internal static class CpixContract
{
    /// <param name="document">Filled in place to make the answer.</param>
    /// <param name="contentId">Used where the document names none.</param>
    /// <param name="scheme">Used for keys where the document names none.</param>
    /// <exception cref="CpixException"><c>cpix.request</c>: what is missing or does not fit together.</exception>
    public static SpekeContract Read(CpixDocument document, string? contentId, string scheme)
    {
        if (document.ContentKeys.Count == 0) throw Refuse("The request has no ContentKey.");
        var id = document.ContentId ?? document.Id ?? contentId;
        if (string.IsNullOrWhiteSpace(id)) throw Refuse("The content id is missing: CPIX@contentId, or contentId in the query.");
        var schemes = document.ContentKeys.Select(key => document.EffectiveScheme(key.Kid) ?? scheme).Distinct(StringComparer.Ordinal).ToList();
        if (schemes.Count > 1) throw Refuse("The keys of one request have one protection scheme.");
        foreach (var system in document.DrmSystems)
        {
            if (document.FindKey(system.Kid) is null) throw Refuse($"A DRMSystem names {system.Kid}, which is no ContentKey.");
            if (system.System is null) throw Refuse($"The DRM system {system.SystemId} is not known here.");
        }

        var systems = document.DrmSystems.ToLookup(system => system.Kid);
        var rules = document.UsageRules.ToLookup(rule => rule.Kid);
        var periods = document.Periods.Where(period => !string.IsNullOrEmpty(period.Id)).ToLookup(period => period.Id!, StringComparer.Ordinal);
        var keys = document.ContentKeys.Select(key =>
        {
            var rule = rules[key.Kid].FirstOrDefault();
            return new SpekeKeyRequest
            {
                Key = key,
                TrackType = rule?.IntendedTrackType,
                Range = rule is { IsUsable: true } ? SpekeTrackRange.Of(rule) : SpekeTrackRange.Everything,
                Period = rule?.PeriodIds.SelectMany(period => periods[period]).FirstOrDefault(),
                Systems = [.. systems[key.Kid]],
            };
        }).ToList();
        return new SpekeContract(document, id, schemes[0], keys, document.DeliveryData.Count > 0);
    }

    private static CpixException Refuse(string message) => new("cpix.request", message);
}
