using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Vault.Audit;

namespace DrmHub.Host.Commands;

/// <summary>The options that say which entries are meant.</summary>
internal sealed class AuditFilters
{
    private readonly Option<string?> _kind = new("--kind") { Description = "Kind, such as license.granted" };
    private readonly Option<string?> _subject = new("--subject") { Description = "Subscriber" };
    private readonly Option<string?> _device = new("--device") { Description = "One of the subscriber's devices; with --subject" };
    private readonly Option<string?> _actor = new("--actor") { Description = "Packager or operator" };
    private readonly Option<string?> _content = new("--content") { Description = "Content id" };
    private readonly Option<string?> _deal = new("--deal") { Description = "Deal" };
    private readonly Option<string?> _reason = new("--reason") { Description = "Reason code" };
    private readonly Option<DrmSystem?> _system = new("--system") { Description = "DRM system" };
    private readonly Option<string?> _level = new("--level") { Description = "Security level" };
    private readonly Option<string?> _model = new("--model") { Description = "Device model" };
    private readonly Option<string?> _country = new("--country") { Description = "Country" };
    private readonly Option<string?> _track = new("--track") { Description = "A track that was granted" };
    private readonly Option<string?> _from = Time("--from", "First moment: ISO 8601, or a date in UTC");
    private readonly Option<string?> _until = Time("--until", "The moment after the last one");

    public AuditFilters()
    {
        _kind.Validators.Add(result => Check(result, text => AuditKinds.TryParse(text, out _), "There is no kind of that name."));
    }

    public IReadOnlyList<Option> All => [_kind, _subject, _device, _actor, _content, _deal, _reason, _system, _level, _model, _country, _track, _from, _until];

    public AuditQuery Read(ParseResult parsed) => new()
    {
        Kind = AuditKinds.TryParse(parsed.GetValue(_kind), out var kind) ? kind : null,
        Subject = parsed.GetValue(_subject),
        Device = parsed.GetValue(_device),
        Actor = parsed.GetValue(_actor),
        ContentId = parsed.GetValue(_content),
        Deal = parsed.GetValue(_deal),
        ReasonCode = parsed.GetValue(_reason),
        System = parsed.GetValue(_system),
        SecurityLevel = parsed.GetValue(_level),
        DeviceModel = parsed.GetValue(_model),
        Country = parsed.GetValue(_country),
        Track = parsed.GetValue(_track),
        From = ReadTime(parsed.GetValue(_from)),
        Until = ReadTime(parsed.GetValue(_until)),
    };

    /// <summary>An option that takes a moment.</summary>
    public static Option<string?> Time(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description };
        option.Validators.Add(result => Check(result, text => TryTime(text, out _), $"{name} is an ISO 8601 time or a date."));
        return option;
    }

    /// <summary>Null for null; the option has checked the rest.</summary>
    public static DateTimeOffset? ReadTime(string? text) => TryTime(text, out var time) ? time : null;

    private static void Check(OptionResult result, Func<string, bool> isValid, string message)
    {
        if (result.GetValueOrDefault<string?>() is { } text && !isValid(text)) result.AddError(message);
    }

    private static bool TryTime(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}
