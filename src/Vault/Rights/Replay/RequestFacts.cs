using System.Globalization;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Audit.Encoding;

namespace DrmHub.Vault.Rights;

/// <summary>
/// What a decision was asked beside the facts that an audit entry has members for: written into its details, so that the request can be
/// decided again. None of it says who the subscriber is.
/// </summary>
public static class RequestFacts
{
    private const string Use = "asked.use";
    private const string Platform = "asked.platform";
    private const string Plans = "asked.plans";
    private const string Max = "asked.max";
    private const string Busy = "asked.busy_max";
    private const string System = "asked.system_id";
    private const string App = "asked.app";

    /// <summary>The details to write; empty for a plain request.</summary>
    public static IReadOnlyDictionary<string, string> Of(DecisionRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Use != ContentUse.Stream) facts[Use] = request.Use.ToString();
        if (request.Platform is not null) facts[Platform] = request.Platform;
        if (request.TokenPlans.Count > 0) facts[Plans] = JsonSerializer.Serialize(request.TokenPlans, RightsJson.Options);
        if (request.TokenMaxTrack is { } max) facts[Max] = max.ToName();
        if (request.BusyMaxTrack is { } busy) facts[Busy] = busy.ToName();
        if (request.SystemId is { } system) facts[System] = system.ToString(CultureInfo.InvariantCulture);
        if (request.AppId is not null) facts[App] = request.AppId;
        return facts;
    }

    /// <summary>The request that an entry records; null where it came to no decision about content.</summary>
    /// <param name="keys">What its keys protect.</param>
    internal static DecisionRequest? Read(in LeafRequest record, Dictionary<KeyId, RequestedKey> keys)
    {
        if (record.ContentId is null || record.Keys.Count == 0 || !Enum.TryParse<SecurityLevel>(record.SecurityLevel, out var level)) return null;
        var asked = new RequestedKey[record.Keys.Count];
        for (var i = 0; i < asked.Length; i++) asked[i] = keys[record.Keys[i].KeyId];
        var plain = new DecisionRequest { ContentId = record.ContentId, Keys = asked, Level = level, NowMs = record.AtMs, Country = record.Country };
        if (record.Details is not { } facts) return plain;
        return plain with
        {
            Use = facts.TryGetValue(Use, out var use) && Enum.TryParse<ContentUse>(use, out var named) ? named : ContentUse.Stream,
            Platform = facts.GetValueOrDefault(Platform),
            TokenPlans = facts.TryGetValue(Plans, out var plans) ? ReadPlans(plans) : [],
            TokenMaxTrack = facts.TryGetValue(Max, out var max) && TrackTypes.TryParse(max, out var track) ? track : null,
            BusyMaxTrack = facts.TryGetValue(Busy, out var busy) && TrackTypes.TryParse(busy, out var cap) ? cap : null,
            SystemId = facts.TryGetValue(System, out var system) && long.TryParse(system, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
            AppId = facts.GetValueOrDefault(App),
        };
    }

    private static string[] ReadPlans(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(text, RightsJson.Options) ?? [];
        }
        catch (JsonException)
        {
            return []; // Shortened by the log.
        }
    }
}
