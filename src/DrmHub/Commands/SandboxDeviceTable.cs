using DrmHub.Sandbox.Devices;
using Spectre.Console;

namespace DrmHub.Host.Commands;

/// <summary>What a simulated device got, as a person reads it.</summary>
internal static class SandboxDeviceTable
{
    public static void Write(DeviceReport report)
    {
        var console = ReportTable.Console();
        ReportTable.Write(console, $"{report.System} {report.Level}, device {report.Name}, HDCP {report.Hdcp}",
        [
            ("HTTP", string.Join(", ", report.Statuses)),
            ("Refused", report.Refusal is { } refusal ? $"{refusal.Code}: {refusal.Detail}" : null),
            ("Granted", report.Granted),
            ("Withheld", report.Withheld),
            ("May be kept", report.Rules is { } rules ? rules.Persistent ? "yes" : "no" : null),
            ("Licence", Seconds(report.Rules?.LicenseSeconds)),
            ("Start within", Seconds(report.Rules?.RentalSeconds)),
            ("From first play", Seconds(report.Rules?.PlaybackSeconds)),
            ("Renews after", Seconds(report.Rules?.RenewAfterSeconds)),
            ("Begins", Date(report.Rules?.BeginsMs)),
            ("Ends", Date(report.Rules?.EndsMs)),
        ]);
        if (report.Keys.Count == 0) return;
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("Key id", "In licence", "Plays", "Level", "HDCP", "Picture");
        foreach (var key in report.Keys)
        {
            table.AddRow(
                new Text(key.KeyId),
                new Text(key.InLicense ? "yes" : "no"),
                new Text(key.Refusal?.Code ?? Words(key.Verdict)),
                new Text(key.Level ?? ""),
                new Text(key.Hdcp ?? ""),
                new Text(key.MaxHeight is { } height ? $"up to {height} lines" : ""));
        }

        console.Write(table);
    }

    private static string Words(string verdict) => verdict switch
    {
        nameof(PlayVerdict.Plays) => "yes",
        nameof(PlayVerdict.KeyMissing) => "no: no key",
        nameof(PlayVerdict.NotAllowed) => "no: the licence allows no playback",
        nameof(PlayVerdict.LevelTooLow) => "no: the device's level is too low",
        nameof(PlayVerdict.OutputTooLow) => "no: the output is not protected enough",
        nameof(PlayVerdict.NotBegun) => "not yet",
        _ => "no: the time is over",
    };

    private static string? Seconds(long? seconds) => seconds is { } count ? $"{count} s" : null;

    private static string? Date(long? milliseconds) => milliseconds is { } value ? $"{DateTimeOffset.FromUnixTimeMilliseconds(value):yyyy-MM-dd HH:mm:ss} UTC" : null;
}
