using System.Globalization;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>A document as its form holds it: text as it was typed, so that what is wrong can be shown and corrected.</summary>
public abstract class EditForm(Dictionary<string, string> fields)
{
    /// <summary>Times in forms are of the reader's zone, to the minute.</summary>
    private const string TimeForm = "yyyy-MM-ddTHH:mm";

    public string this[string name] => fields.GetValueOrDefault(name, "");

    /// <summary>What does not fit, by the name of the field; <c>""</c> for the document as a whole.</summary>
    public List<(string Field, string Message)> Problems { get; } = [];

    public bool Has(string name) => this[name].Length > 0;

    public string? Wrong(string field) => Problems.FirstOrDefault(problem => problem.Field == field).Message;

    protected static Dictionary<string, string> Posted(IFormCollection form)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in form) fields[name] = value.ToString().Trim();
        return fields;
    }

    protected static string Time(long? at, Reader reader) =>
        at is { } value ? reader.Local(DateTimeOffset.FromUnixTimeMilliseconds(value)).ToString(TimeForm, CultureInfo.InvariantCulture) : "";

    protected static string Hours(long? seconds) => seconds is { } value ? (value / 3600.0).ToString("0.##", CultureInfo.InvariantCulture) : "";

    protected static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    protected void Set(string name, string value) => fields[name] = value;

    /// <returns>The document; null where something does not fit.</returns>
    protected T? Checked<T>(RightsKind<T> kind, T document)
        where T : class
    {
        if (Problems.Count > 0) return null;
        try
        {
            kind.Check(document);
            return document;
        }
        catch (RightsInvalidException exception)
        {
            foreach (var problem in exception.Problems) Problems.Add((FieldOf(problem.Path), problem.Message));
            return null;
        }
    }

    /// <summary>The field that shows a member of the document.</summary>
    protected virtual string FieldOf(string path) => path.StartsWith("$.", StringComparison.Ordinal) ? path[2..].Split('.', '[')[0] : "";

    protected string[] Lines(string name) => [.. this[name].Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).Distinct(StringComparer.Ordinal)];

    protected string[] Items(string name) => [.. this[name].Split([',', '\n', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];

    /// <summary>Codes or English names.</summary>
    protected HashSet<string> Codes(string name)
    {
        var codes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in Items(name))
        {
            if (Countries.Find(item) is { } code) codes.Add(code);
            else Problems.Add((name, $"“{item}” is no country. Write codes such as IN, or English names, with commas between."));
        }

        return codes;
    }

    protected T? Choice<T>(string name)
        where T : struct, Enum => Enum.TryParse<T>(this[name], out var value) && Enum.IsDefined(value) ? value : null;

    /// <summary>UTC milliseconds. What reads as the minute that was shown keeps its seconds.</summary>
    protected long? Moment(string name, Reader reader, long? original)
    {
        if (!Has(name)) return null;
        if (original is not null && this[name] == Time(original, reader)) return original;
        if (!DateTime.TryParseExact(this[name], [TimeForm, "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || local.Year is < 1970 or > 9000)
        {
            Problems.Add((name, "This is no time. Write it as 2027-01-31T18:30."));
            return null;
        }

        if (reader.Zone.IsInvalidTime(local))
        {
            Problems.Add((name, $"There is no such time in {reader.ZoneName}: the clocks skip it."));
            return null;
        }

        return new DateTimeOffset(local, reader.Zone.GetUtcOffset(local)).ToUnixTimeMilliseconds();
    }

    /// <summary>Hours with a fraction; what rounds to the hours that were shown keeps its seconds.</summary>
    protected long? Seconds(string name, long? original)
    {
        if (!Has(name)) return null;
        if (this[name] == Hours(original)) return original;
        if (double.TryParse(this[name], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var hours) && hours is > 0 and < 900_000) return (long)Math.Round(hours * 3600);
        Problems.Add((name, "A duration is a number of hours."));
        return null;
    }

    protected int? Number(string name)
    {
        if (!Has(name)) return null;
        if (int.TryParse(this[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        Problems.Add((name, "This is no number."));
        return null;
    }

    protected HashSet<string> Whole(string name, string what, Func<string, bool> fits)
    {
        var items = Lines(name).ToHashSet(StringComparer.Ordinal);
        foreach (var item in items.Where(item => !fits(item))) Problems.Add((name, $"“{item}” is no {what}."));
        return items;
    }
}
