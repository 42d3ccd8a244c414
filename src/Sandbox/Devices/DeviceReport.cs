using DrmHub.Cenc;

namespace DrmHub.Sandbox.Devices;

/// <summary>What a device got out of its requests, in plain values: for a page, a table, or JSON. Holds no keys.</summary>
/// <param name="Verdict">What happens when the device plays with the key now: <c>Plays</c>, or why not.</param>
/// <param name="Level">The least level that the licence demands for the key.</param>
/// <param name="Hdcp">What the licence demands of the output: <c>none</c>, <c>1</c>, <c>2.0</c> to <c>2.3</c>, <c>no output</c>.</param>
/// <param name="Refusal">Why there was no licence for it.</param>
public sealed record KeyReport(string KeyId, bool InLicense, string Verdict, string? Level, string? Hdcp, int? MaxHeight, DeviceRefusal? Refusal);

/// <param name="Hdcp">What the device's output offers.</param>
/// <param name="Statuses">Of HTTP, one for each request.</param>
/// <param name="Rules">Null where there was no licence.</param>
public sealed record DeviceReport(
    string System, string Level, string Name, string Hdcp, IReadOnlyList<int> Statuses, IReadOnlyList<KeyReport> Keys, LicenseRules? Rules, string? Granted, string? Withheld)
{
    /// <summary>The first refusal, where nothing was granted.</summary>
    public DeviceRefusal? Refusal { get; init; }

    /// <param name="nowMs">UTC milliseconds.</param>
    public static DeviceReport Create(ISimulatedDevice device, IReadOnlyList<DeviceVisit> visits, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(visits);
        var opened = visits.Where(visit => visit.License is not null).ToList();
        return new DeviceReport(
            device.System.ToString(),
            device.Level,
            device.Name,
            device.Hdcp.ToName(),
            [.. visits.Select(visit => visit.Status)],
            [.. visits.SelectMany(visit => KeysOf(device, visit, nowMs))],
            opened.FirstOrDefault()?.License!.Rules,
            Joined(visits.Select(visit => visit.Granted)),
            Joined(visits.Select(visit => visit.Withheld)))
        {
            Refusal = opened.Count > 0 ? null : visits.Select(visit => visit.Refusal).FirstOrDefault(refusal => refusal is not null),
        };
    }

    private static IEnumerable<KeyReport> KeysOf(ISimulatedDevice device, DeviceVisit visit, long nowMs)
    {
        IEnumerable<KeyId> granted = visit.License?.Keys.Select(key => key.KeyId) ?? [];
        foreach (var keyId in visit.Asked.Union(granted))
        {
            var key = visit.License?.Keys.FirstOrDefault(item => item.KeyId == keyId);
            var verdict = visit.License?.Judge(keyId, nowMs, device.Hdcp) ?? PlayVerdict.KeyMissing;
            yield return new KeyReport(keyId.ToHex(), key is not null, verdict.ToString(), key?.Level, key?.Hdcp.ToName(), key?.MaxHeight, visit.Refusal);
        }
    }

    private static string? Joined(IEnumerable<string?> headers)
    {
        var words = headers.OfType<string>().SelectMany(header => header.Split(", ", StringSplitOptions.RemoveEmptyEntries)).Distinct().ToList();
        return words.Count > 0 ? string.Join(", ", words) : null;
    }
}
