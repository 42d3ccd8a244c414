using System.Globalization;
using Spectre.Console;

namespace DrmHub.Host.Commands;

/// <summary>Shows findings as tables for people. Identical boxes, as they repeat in every fragment of a live stream, are shown once.</summary>
internal static class PsshTable
{
    public static void Write(IReadOnlyList<PsshReport> reports)
    {
        var console = ReportTable.Console();
        foreach (var same in reports.GroupBy(report => (report.Form, report.Base64))) Write(console, same.First(), same.Count());
    }

    public static void Write(IAnsiConsole console, PsshReport report, int count) => ReportTable.Write(console, Title(report, count), Rows(report));

    private static string Title(PsshReport report, int count)
    {
        var title = (report.Path, report.Offset) switch
        {
            (null, _) => report.Form,
            (_, null) => $"{report.Path} ({report.Form})",
            _ => string.Create(CultureInfo.InvariantCulture, $"{report.Path} at {report.Offset}, {report.Size} bytes"),
        };
        return count == 1 ? title : string.Create(CultureInfo.InvariantCulture, $"{title}, {count} times");
    }

    private static IEnumerable<(string Name, string? Value)> Rows(PsshReport report)
    {
        yield return ("System", report.System is null ? report.SystemId.ToString() : $"{report.System} ({report.SystemId})");
        yield return ("Version", Number(report.Version));
        foreach (var keyId in report.KeyIds ?? []) yield return ("Key id", keyId);
        if (report.Widevine is { } widevine)
        {
            foreach (var keyId in widevine.KeyIds) yield return ("Key id", keyId);
            yield return ("Content id", widevine.ContentIdText is { } text ? $"{text} (hex {widevine.ContentIdHex})" : widevine.ContentIdHex is { } hex ? $"hex {hex}" : null);
            yield return ("Provider", widevine.Provider);
            yield return ("Scheme", widevine.Scheme);
            yield return ("Crypto period", Number(widevine.CryptoPeriodIndex));
            yield return ("Period length", widevine.CryptoPeriodSeconds is { } seconds ? $"{Number<uint>(seconds)} s" : null);
            yield return ("Type", widevine.Type);
            foreach (var key in widevine.EntitledKeys ?? []) yield return ("Carries key", $"{key.KeyId} under {key.EntitlementKeyId}");
            yield return ("Algorithm", Number(widevine.Algorithm));
            yield return ("Track type", widevine.TrackType);
            yield return ("Policy", widevine.Policy);
            yield return ("Grouped licence", widevine.GroupedLicenseHex);
            yield return ("Unknown fields", widevine.UnknownFieldsHex);
        }

        if (report.PlayReady is { } playReady)
        {
            yield return ("Header", playReady.HeaderVersion);
            foreach (var key in playReady.Keys ?? []) yield return ("Key id", string.Join(", ", new[] { key.KeyId, key.Algorithm, key.Checksum is { } sum ? "checksum " + sum : null }.Where(part => part is not null)));
            yield return ("Licence URL", playReady.LicenseUrl);
            yield return ("Licence page", playReady.LicensePageUrl);
            yield return ("Domain service", playReady.DomainServiceId?.ToString());
            yield return ("Custom attributes", playReady.CustomAttributes);
            yield return ("On demand", playReady.OnDemand is true ? "yes" : null);
            yield return ("Licence requested", playReady.LicenseRequested is { } requested ? requested ? "yes" : "no" : null);
            foreach (var record in playReady.Records.Where(record => record.Type != 1)) yield return ("Record", $"type {Number<int>(record.Type)}, {Number<int>(record.Size)} bytes");
        }

        yield return ("Data", report.DataHex is { } data ? "hex " + data : null);
        yield return ("Problem", report.Problem);
    }

    private static string? Number<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture);
}
