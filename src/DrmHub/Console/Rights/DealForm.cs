using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>A deal as its form holds it: text as it was typed, so that what is wrong can be shown and corrected.</summary>
internal sealed class DealForm
{
    /// <summary>Times in the form are of the reader's zone, to the minute.</summary>
    private const string TimeForm = "yyyy-MM-ddTHH:mm";

    public static readonly IReadOnlyList<TrackType> Pictures = [TrackType.SD, TrackType.HD, TrackType.UHD1, TrackType.UHD2];

    private readonly Dictionary<string, string> _fields;

    private DealForm(Dictionary<string, string> fields) => _fields = fields;

    public string this[string name] => _fields.GetValueOrDefault(name, "");

    public bool Has(string name) => this[name].Length > 0;

    /// <summary>What does not fit, by the name of the field; <c>""</c> for the deal as a whole.</summary>
    public List<(string Field, string Message)> Problems { get; } = [];

    public static DealForm From(Deal? deal, Reader reader)
    {
        if (deal is null) return new DealForm(new Dictionary<string, string> { ["model"] = nameof(CommercialModel.Subscription), ["stream"] = "on", ["maxTrack"] = nameof(TrackType.UHD2) });
        var fields = new Dictionary<string, string>
        {
            ["id"] = deal.Id,
            ["name"] = deal.Name,
            ["licensor"] = deal.Licensor ?? "",
            ["patterns"] = string.Join('\n', deal.Content.Patterns),
            ["collections"] = string.Join(", ", deal.Content.Collections),
            ["territories"] = string.Join(", ", deal.Territories.Order(StringComparer.Ordinal)),
            ["territoriesExcluded"] = string.Join(", ", deal.TerritoriesExcluded.Order(StringComparer.Ordinal)),
            ["opens"] = Time(deal.OpensMs, reader),
            ["closes"] = Time(deal.ClosesMs, reader),
            ["model"] = deal.Model.ToString(),
            ["plans"] = string.Join(", ", deal.Plans.Order(StringComparer.Ordinal)),
            ["stream"] = deal.Uses.Contains(ContentUse.Stream) ? "on" : "",
            ["download"] = deal.Uses.Contains(ContentUse.Download) ? "on" : "",
            ["maxTrack"] = deal.MaxTrack.ToString(),
            ["clearKeyAllowed"] = deal.ClearKeyAllowed ? "on" : "",
            ["licenseHours"] = Hours(deal.LicenseSeconds),
            ["offlineHours"] = Hours(deal.OfflineSeconds),
            ["rentalHours"] = Hours(deal.RentalSeconds),
            ["playbackHours"] = Hours(deal.PlaybackSeconds),
            ["maxStreams"] = deal.MaxStreams?.ToString(CultureInfo.InvariantCulture) ?? "",
            ["maxDevices"] = deal.MaxDevices?.ToString(CultureInfo.InvariantCulture) ?? "",
        };
        foreach (var track in Pictures)
        {
            fields["level." + track] = deal.MinimumLevels.TryGetValue(track, out var level) ? level.ToString() : "";
            fields["hdcp." + track] = deal.Hdcp.TryGetValue(track, out var hdcp) ? hdcp.ToString() : "";
        }

        return new DealForm(fields);
    }

    public static DealForm Read(IFormCollection form) =>
        new(form.Where(field => !field.Key.StartsWith('_')).ToDictionary(field => field.Key, field => field.Value.ToString().Trim(), StringComparer.Ordinal));

    /// <summary>The deal, on top of what the form does not show; null where a field does not fit, see <see cref="Problems"/>.</summary>
    public Deal? Build(Deal? original, Reader reader)
    {
        var deal = (original ?? new Deal { Id = this["id"], Name = "", Content = new ContentSelector() }) with
        {
            Name = this["name"],
            Licensor = Has("licensor") ? this["licensor"] : null,
            Content = new ContentSelector { Patterns = Lines("patterns"), Collections = Items("collections") },
            Territories = Codes("territories"),
            TerritoriesExcluded = Codes("territoriesExcluded"),
            OpensMs = Moment("opens", reader),
            ClosesMs = Moment("closes", reader),
            Model = Choice("model", CommercialModel.Subscription),
            Plans = Items("plans").ToHashSet(StringComparer.Ordinal),
            Uses = Uses(),
            MaxTrack = Choice("maxTrack", TrackType.UHD2),
            ClearKeyAllowed = Has("clearKeyAllowed"),
            LicenseSeconds = Seconds("licenseHours", original?.LicenseSeconds),
            OfflineSeconds = Seconds("offlineHours", original?.OfflineSeconds),
            RentalSeconds = Seconds("rentalHours", original?.RentalSeconds),
            PlaybackSeconds = Seconds("playbackHours", original?.PlaybackSeconds),
            MaxStreams = Number("maxStreams"),
            MaxDevices = Number("maxDevices"),
            MinimumLevels = ByPicture<SecurityLevel>("level.", original?.MinimumLevels),
            Hdcp = ByPicture<HdcpVersion>("hdcp.", original?.Hdcp),
        };
        if (Problems.Count > 0) return null;
        try
        {
            RightsKinds.Deals.Check(deal);
            return deal;
        }
        catch (RightsInvalidException exception)
        {
            foreach (var problem in exception.Problems) Problems.Add((FieldOf(problem.Path), problem.Message));
            return null;
        }
    }

    private static string FieldOf(string path) => path switch
    {
        "$.content" or "$.content.patterns" => "patterns",
        "$.content.collections" => "collections",
        "$.licenseSeconds" or "$.renewSeconds" => "licenseHours",
        "$.offlineSeconds" => "offlineHours",
        "$.rentalSeconds" => "rentalHours",
        "$.playbackSeconds" => "playbackHours",
        "$.uses" => "stream",
        _ => path.StartsWith("$.", StringComparison.Ordinal) ? path[2..].Split('.', '[')[0] : "",
    };

    private string[] Lines(string name) => [.. this[name].Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).Distinct(StringComparer.Ordinal)];

    private string[] Items(string name) => [.. this[name].Split([',', '\n', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];

    /// <summary>Codes or English names.</summary>
    private HashSet<string> Codes(string name)
    {
        var codes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in Items(name))
        {
            if (Countries.Find(item) is { } code) codes.Add(code);
            else Problems.Add((name, $"“{item}” is no country. Write codes such as IN, or English names, with commas between."));
        }

        return codes;
    }

    private HashSet<ContentUse> Uses()
    {
        var uses = new HashSet<ContentUse>();
        if (Has("stream")) uses.Add(ContentUse.Stream);
        if (Has("download")) uses.Add(ContentUse.Download);
        return uses;
    }

    private T Choice<T>(string name, T otherwise)
        where T : struct, Enum => Enum.TryParse<T>(this[name], out var value) && Enum.IsDefined(value) ? value : otherwise;

    private Dictionary<TrackType, T> ByPicture<T>(string prefix, IReadOnlyDictionary<TrackType, T>? original)
        where T : struct, Enum
    {
        var values = original?.ToDictionary(pair => pair.Key, pair => pair.Value) ?? [];
        foreach (var track in Pictures)
        {
            if (Enum.TryParse<T>(this[prefix + track], out var value) && Enum.IsDefined(value)) values[track] = value;
            else values.Remove(track);
        }

        return values;
    }

    private long? Moment(string name, Reader reader)
    {
        if (!Has(name)) return null;
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
    private long? Seconds(string name, long? original)
    {
        if (!Has(name)) return null;
        if (this[name] == Hours(original)) return original;
        if (double.TryParse(this[name], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var hours) && hours is > 0 and < 900_000) return (long)Math.Round(hours * 3600);
        Problems.Add((name, "A duration is a number of hours."));
        return null;
    }

    private int? Number(string name)
    {
        if (!Has(name)) return null;
        if (int.TryParse(this[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        Problems.Add((name, "This is no number."));
        return null;
    }

    private static string Hours(long? seconds) => seconds is { } value ? (value / 3600.0).ToString("0.##", CultureInfo.InvariantCulture) : "";

    private static string Time(long? at, Reader reader) => at is { } value ? reader.Local(DateTimeOffset.FromUnixTimeMilliseconds(value)).ToString(TimeForm, CultureInfo.InvariantCulture) : "";
}
