using DrmHub.Cenc;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>A deal in its form.</summary>
internal sealed class DealForm : EditForm
{
    public static readonly IReadOnlyList<TrackType> Pictures = [TrackType.SD, TrackType.HD, TrackType.UHD1, TrackType.UHD2];

    private DealForm(Dictionary<string, string> fields)
        : base(fields)
    {
    }

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
            ["renewHours"] = Hours(deal.RenewSeconds),
            ["audioLanguages"] = string.Join(", ", deal.AudioLanguages.Order(StringComparer.Ordinal)),
            ["rentalHours"] = Hours(deal.RentalSeconds),
            ["playbackHours"] = Hours(deal.PlaybackSeconds),
            ["maxStreams"] = Text(deal.MaxStreams),
            ["maxDevices"] = Text(deal.MaxDevices),
        };
        foreach (var quality in deal.AudioQualities) fields["quality." + quality] = "on";
        foreach (var track in Pictures)
        {
            fields["level." + track] = deal.MinimumLevels.TryGetValue(track, out var level) ? level.ToString() : "";
            fields["hdcp." + track] = deal.Hdcp.TryGetValue(track, out var hdcp) ? hdcp.ToString() : "";
        }

        return new DealForm(fields);
    }

    public static DealForm Read(IFormCollection form) => new(Posted(form));

    /// <summary>The deal, on top of what the form does not show; null where a field does not fit, see <see cref="EditForm.Problems"/>.</summary>
    public Deal? Build(Deal? original, Reader reader)
    {
        var deal = (original ?? new Deal { Id = this["id"], Name = "", Content = new ContentSelector() }) with
        {
            Name = this["name"],
            Licensor = Has("licensor") ? this["licensor"] : null,
            Content = new ContentSelector { Patterns = Lines("patterns"), Collections = Items("collections") },
            Territories = Codes("territories"),
            TerritoriesExcluded = Codes("territoriesExcluded"),
            OpensMs = Moment("opens", reader, original?.OpensMs),
            ClosesMs = Moment("closes", reader, original?.ClosesMs),
            Model = Choice<CommercialModel>("model") ?? CommercialModel.Subscription,
            Plans = Items("plans").ToHashSet(StringComparer.Ordinal),
            Uses = Uses(),
            MaxTrack = Choice<TrackType>("maxTrack") ?? TrackType.UHD2,
            ClearKeyAllowed = Has("clearKeyAllowed"),
            LicenseSeconds = Seconds("licenseHours", original?.LicenseSeconds),
            OfflineSeconds = Seconds("offlineHours", original?.OfflineSeconds),
            RenewSeconds = Seconds("renewHours", original?.RenewSeconds),
            AudioLanguages = Items("audioLanguages").Select(language => language.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal),
            AudioQualities = Enum.GetValues<AudioQuality>().Where(quality => Has("quality." + quality)).ToHashSet(),
            RentalSeconds = Seconds("rentalHours", original?.RentalSeconds),
            PlaybackSeconds = Seconds("playbackHours", original?.PlaybackSeconds),
            MaxStreams = Number("maxStreams"),
            MaxDevices = Number("maxDevices"),
            MinimumLevels = ByPicture<SecurityLevel>("level.", original?.MinimumLevels),
            Hdcp = ByPicture<HdcpVersion>("hdcp.", original?.Hdcp),
        };
        return Checked(RightsKinds.Deals, deal);
    }

    protected override string FieldOf(string path) => path switch
    {
        "$.content" or "$.content.patterns" => "patterns",
        "$.content.collections" => "collections",
        "$.licenseSeconds" => "licenseHours",
        "$.renewSeconds" => "renewHours",
        "$.offlineSeconds" => "offlineHours",
        "$.rentalSeconds" => "rentalHours",
        "$.playbackSeconds" => "playbackHours",
        "$.uses" => "stream",
        _ => base.FieldOf(path),
    };

    private HashSet<ContentUse> Uses()
    {
        var uses = new HashSet<ContentUse>();
        if (Has("stream")) uses.Add(ContentUse.Stream);
        if (Has("download")) uses.Add(ContentUse.Download);
        return uses;
    }

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
}
