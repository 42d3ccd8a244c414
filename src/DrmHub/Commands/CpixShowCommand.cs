using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using DrmHub.KeyService.Cpix;

namespace DrmHub.Host.Commands;

/// <summary><c>drmhub cpix show</c> and <c>validate</c>.</summary>
internal static class CpixShowCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command CreateShow()
    {
        var file = CpixCommand.FileArgument();
        var json = CpixCommand.JsonOption();
        var keys = new Option<bool>("--keys") { Description = "Show clear keys, too (hexadecimal); without it they stay hidden." };
        var command = new Command("show", "Show what a document says.") { file, json, keys };
        command.SetAction(parse => CpixCommand.Run(parse, output =>
        {
            var document = CpixCommand.Load(parse.GetRequiredValue(file));
            Show(document, parse.GetValue(json), parse.GetValue(keys), output);
            return CpixCommand.Done;
        }));
        return command;
    }

    internal static void Show(CpixDocument document, bool asJson, bool withKeys, TextWriter output)
    {
        var view = View.Of(document, withKeys);
        if (asJson) output.WriteLine(JsonSerializer.Serialize(view, Indented));
        else view.WriteTo(output);
    }

    public static Command CreateValidate()
    {
        var file = CpixCommand.FileArgument();
        var json = CpixCommand.JsonOption();
        var strict = new Option<bool>("--strict") { Description = "Fail also for what only the published XSD refuses." };
        var command = new Command("validate", "Check what a document says: references, values, certificates.") { file, json, strict };
        command.SetAction(parse => CpixCommand.Run(parse, output =>
        {
            var problems = CpixCommand.Load(parse.GetRequiredValue(file)).Validate();
            if (parse.GetValue(json)) output.WriteLine(JsonSerializer.Serialize(problems, Indented));
            else if (problems.Count == 0) output.WriteLine("The document is valid.");
            else foreach (var problem in problems) output.WriteLine($"{problem.Where}: {problem.Code}: {problem.Message}");
            return problems.Any(p => p.Code != CpixCodes.Schema || parse.GetValue(strict)) ? CpixCommand.Refused : CpixCommand.Done;
        }));
        return command;
    }

    private sealed record View(
        string? ContentId, string? Id, string? Version, IReadOnlyList<Key> Keys, IReadOnlyList<DrmRow> Systems, IReadOnlyList<Period> Periods,
        IReadOnlyList<Rule> Rules, IReadOnlyList<Recipient> Recipients, IReadOnlyList<Signature> Signatures)
    {
        public static View Of(CpixDocument d, bool withKeys) => new(
            d.ContentId, d.Id, d.Version,
            [.. d.ContentKeys.Select(k => new Key(k.Kid.ToString(), k.CommonEncryptionScheme, Hex(k.ExplicitIV), State(k), withKeys ? Reveal(k) : null, k.DependsOnKey?.ToString()))],
            [.. d.DrmSystems.Select(DrmRow.Of)],
            [.. d.Periods.Select(p => new Period(p.Id, p.Index, p.Label, p.Start, p.EffectiveEnd, p.StartOffset, p.EffectiveEndOffset))],
            [.. d.UsageRules.Select(r => new Rule(r.Kid.ToString(), r.IntendedTrackType, Filters(r)))],
            [.. d.DeliveryData.Select(Describe)],
            [.. d.Signatures.Select(s => new Signature(s.TargetName, s.ReferenceUri))]);

        public void WriteTo(TextWriter output)
        {
            output.WriteLine($"content {ContentId ?? Id ?? "-"}, version {Version ?? "-"}");
            foreach (var k in Keys) output.WriteLine($"key {k.Kid} {k.Scheme ?? "-"} iv {k.Iv ?? "-"} {k.State}{Tail(" ", k.Value)}{Tail(" depends on ", k.DependsOn)}");
            foreach (var s in Systems)
            {
                var hls = s.Hls.Count == 0 ? "-" : string.Join(',', s.Hls);
                output.WriteLine($"system {s.Name ?? s.SystemId} key {s.Kid} pssh {Bytes(s.Pssh)} dash {Bytes(s.ContentProtectionData)} hls {hls}");
            }

            foreach (var p in Periods)
            {
                var span = Span(p.Start?.ToString("O"), p.End?.ToString("O")) + Span(p.StartOffset?.ToString(), p.EndOffset?.ToString());
                output.WriteLine($"period {p.Id ?? "-"}{Tail(" index ", p.Index)}{Tail(" label ", p.Label)}{span}");
            }

            foreach (var r in Rules) output.WriteLine($"rule key {r.Kid} {r.Type ?? "-"}{(r.Filters.Count == 0 ? "" : ": " + string.Join("; ", r.Filters))}");
            foreach (var r in Recipients) output.WriteLine($"recipient {r.Subject} ({r.DocumentKeys} document keys)");
            foreach (var s in Signatures) output.WriteLine($"signature over {s.Target ?? "nothing"}, not verified");
        }

        private static string Tail(string before, object? value) => value is null ? "" : before + value;

        private static string Bytes(int? length) => length is { } n ? $"{n} bytes" : "-";

        private static string Span(string? from, string? to) => from is null ? "" : $" [{from}, {to ?? "?"})";
    }

    private sealed record Key(string Kid, string? Scheme, string? Iv, string State, string? Value, string? DependsOn);

    private sealed record DrmRow(string Kid, string SystemId, string? Name, int? Pssh, int? ContentProtectionData, IReadOnlyList<string> Hls)
    {
        public static DrmRow Of(CpixDrmSystem s) => new(
            s.Kid.ToString(), s.SystemId.ToString(), s.System?.ToString(), s.Pssh?.Length, s.ContentProtectionData?.Length,
            [.. s.HlsSignaling.Select(static h => h.Playlist ?? "media")]);
    }

    private sealed record Period(string? Id, long? Index, string? Label, DateTimeOffset? Start, DateTimeOffset? End, TimeSpan? StartOffset, TimeSpan? EndOffset);

    private sealed record Rule(string Kid, string? Type, IReadOnlyList<string> Filters);

    private sealed record Recipient(string Subject, int DocumentKeys);

    private sealed record Signature(string? Target, string? Reference);

    private static string State(CpixContentKey key) => key.HasPlainValue ? "clear" : key.IsEncrypted ? "encrypted" : "requested";

    private static string? Hex(byte[]? bytes) => bytes is null ? null : Convert.ToHexStringLower(bytes);

    private static string? Reveal(CpixContentKey key)
    {
        var bytes = key.GetKeyBytes();
        var hex = Hex(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return hex;
    }

    private static Recipient Describe(CpixDeliveryData delivery)
    {
        if (delivery.CertificateBytes is null) return new Recipient("without a certificate", delivery.DocumentKeys.Count);
        using var certificate = delivery.GetCertificate();
        return new Recipient(certificate.Subject, delivery.DocumentKeys.Count);
    }

    private static List<string> Filters(CpixUsageRule rule) =>
    [
        .. rule.PeriodIds.Select(p => $"period {p}"), .. rule.Labels.Select(l => $"label {l}"),
        .. rule.VideoFilters.Select(f => "video" + Range("pixels", f.MinPixels, f.MaxPixels) + Range("fps", f.MinFps, f.MaxFps) + Flag("hdr", f.Hdr) + Flag("wcg", f.Wcg)),
        .. rule.AudioFilters.Select(f => "audio" + Range("channels", f.MinChannels, f.MaxChannels)),
        .. rule.BitrateFilters.Select(f => "bitrate" + Range("", f.MinBitrate, f.MaxBitrate)), .. rule.HasUnknownFilters ? ["unknown filter"] : Array.Empty<string>(),
    ];

    private static string Range(string unit, long? min, long? max) => min is null && max is null ? "" : $" {min}..{max} {unit}".TrimEnd();

    private static string Flag(string name, bool? value) => value switch { true => " " + name, false => " no " + name, null => "" };
}
