using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Vault.Rights;

namespace DrmHub.Music.Ddex;

/// <summary>
/// Makes deals of this hub from those of a message: commercial model and uses become a model, plans and uses; territories and periods
/// become windows. What cannot be kept by a licence grants nothing, and is named in the notes.
/// </summary>
internal sealed class ErnDealMapper(ErnMessage message, string releaseId, IReadOnlyDictionary<string, string> contentOf, DdexOptions options)
{
    private const int MaxName = 120;
    private const string Any = "*";

    private static readonly string[] s_streams = ["OnDemandStream", "Stream", "Playback", "Use"];
    private static readonly string[] s_offline = ["ConditionalDownload", "TetheredDownload"];
    private static readonly string[] s_bought = ["PermanentDownload", "Download"];

    private readonly List<string> _notes = [];

    /// <summary>Deals that grant nothing here, with their lines and why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>In the order of their ids, which follow from the terms: the same message makes the same deals.</summary>
    public IReadOnlyList<Deal> Map()
    {
        var drafts = new Dictionary<string, (Deal Deal, SortedSet<string> Content)>(StringComparer.Ordinal);
        foreach (var deal in message.Deals.Where(deal => !deal.TakeDown))
        {
            if (WhyNotHere(deal) is { } why)
            {
                Note(deal, why);
                continue;
            }

            foreach (var (draft, content) in MapOne(deal))
            {
                // The same terms for several tracks are one deal.
                var key = TermsOf(draft);
                if (!drafts.TryGetValue(key, out var known)) drafts[key] = known = (draft, new SortedSet<string>(StringComparer.Ordinal));
                known.Content.UnionWith(content);
            }
        }

        var whole = drafts.Values.Select(pair => pair.Deal with { Content = new ContentSelector { Patterns = [.. pair.Content] } });
        return [.. WithTerritoriesTogether(whole).Select(Named).OrderBy(deal => deal.Id, StringComparer.Ordinal)];
    }

    /// <summary>Senders write a deal for each country. Where all else agrees they are one: a release has a dozen deals and not a thousand.</summary>
    private static IEnumerable<Deal> WithTerritoriesTogether(IEnumerable<Deal> deals) => deals
        .GroupBy(deal => deal.Territories.Count == 0 || deal.TerritoriesExcluded.Count > 0 ? TermsOf(deal) : TermsOf(deal with { Territories = new HashSet<string> { Any } }), StringComparer.Ordinal)
        .Select(group => group.First() with { Territories = group.SelectMany(deal => deal.Territories).ToHashSet(StringComparer.Ordinal) });

    private Deal Named(Deal deal)
    {
        var territories = deal.Territories.Order(StringComparer.Ordinal).ToList();
        var excluded = deal.TerritoriesExcluded.Order(StringComparer.Ordinal).ToList();
        var where = territories.Count == 0 ? excluded.Count == 0 ? "the world" : $"the world without {List(excluded)}" : List(territories);
        // Sets have no order of their own, and an id must follow from the terms alone.
        var ordered = deal with { Name = $"{deal.Name} · {where}", Territories = new SortedSet<string>(territories, StringComparer.Ordinal), TerritoriesExcluded = new SortedSet<string>(excluded, StringComparer.Ordinal) };
        return ordered with { Id = IdOf(TermsOf(ordered with { Content = new ContentSelector() })) };
    }

    private static string TermsOf(Deal deal) => JsonSerializer.Serialize(deal, RightsJson.Options);

    private IEnumerable<(Deal Draft, IReadOnlyCollection<string> Content)> MapOne(ErnDeal deal)
    {
        var granted = false;
        foreach (var grant in Grants(deal))
        {
            var content = ContentOf(deal, grant.Model);
            if (content.Count == 0) continue;
            foreach (var period in deal.Periods)
            {
                foreach (var window in ErnWindows.Of(deal, period, message.Created).Select(window => WithoutTakeDowns(deal, window)).OfType<ErnWindow>())
                {
                    granted = true;
                    yield return (Draft(deal, grant, window), content);
                }
            }
        }

        if (!granted) Note(deal, "nothing of it is a way to play a recording here");
    }

    private string? WhyNotHere(ErnDeal deal)
    {
        if (deal.Held is not null) return deal.Held;
        if (deal.Channels.Count > 0 && (options.PartyId is null || !deal.Channels.Contains(options.PartyId))) return "it is for other channels";
        if (deal.ChannelsExcluded.Count > 0 && (options.PartyId is null || deal.ChannelsExcluded.Contains(options.PartyId))) return "it leaves this channel out, or nobody said which channel this is";
        return deal.IsPreOrder && deal.InstantGratification.Count == 0 ? "it is a pre-order: nothing is delivered before the release" : null;
    }

    /// <summary>The cross product of models and uses, brought together into as few deals as there are ways to pay.</summary>
    private IEnumerable<Grant> Grants(ErnDeal deal)
    {
        var stream = deal.Uses.Any(use => s_streams.Contains(use));
        var offline = deal.Uses.Any(use => s_offline.Contains(use));
        foreach (var model in deal.Models)
        {
            switch (model)
            {
                case "SubscriptionModel" when stream || offline:
                    foreach (var (plan, qualities) in options.Plans)
                        yield return new Grant(model, CommercialModel.Subscription, plan, qualities, Uses(stream, offline));
                    break;
                case "AdvertisementSupportedModel" or "FreeOfChargeModel" when stream || (options.NonInteractiveForFree && deal.Uses.Contains("NonInteractiveStream")):
                    yield return new Grant(model, CommercialModel.Free, null, options.Free, [ContentUse.Stream]);
                    break;
                case "PayAsYouGoModel":
                    if (deal.Uses.Any(use => s_bought.Contains(use))) yield return new Grant(model, CommercialModel.Purchase, null, [], [ContentUse.Stream, ContentUse.Download]);
                    if (deal.Uses.Contains("Rent")) yield return new Grant(model, CommercialModel.Rental, null, [], [ContentUse.Stream]);
                    break;
            }
        }
    }

    private static ContentUse[] Uses(bool stream, bool offline) => (stream, offline) switch
    {
        (true, true) => [ContentUse.Stream, ContentUse.Download],
        (true, false) => [ContentUse.Stream],
        _ => [ContentUse.Download],
    };

    private SortedSet<string> ContentOf(ErnDeal deal, CommercialModel model)
    {
        var content = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var reference in deal.Releases)
        {
            var release = reference == message.Main.Reference ? message.Main : message.Tracks.First(track => track.Reference == reference);
            var resources = release.Items.Select(item => item.Resource).Where(contentOf.ContainsKey).Distinct(StringComparer.Ordinal).ToList();
            if (deal.IsPreOrder) resources = [.. resources.Intersect(deal.InstantGratification, StringComparer.Ordinal)];
            if (ReferenceEquals(release, message.Main) && resources.Count > 1 && model is CommercialModel.Subscription or CommercialModel.Free && !options.AlbumStreaming.Contains(message.Sender))
            {
                Note(deal, "a streaming deal on a release of several recordings is to be ignored: the tracks need their own (Music:Ddex:AlbumStreaming changes that for a sender)");
                continue;
            }

            content.UnionWith(resources.Select(resource => contentOf[resource]));
        }

        return content;
    }

    /// <summary>3.8: a takedown ends what it wholly covers, and shuts its countries out of what it covers partly.</summary>
    private ErnWindow? WithoutTakeDowns(ErnDeal deal, ErnWindow window)
    {
        foreach (var down in message.Deals.Where(other => other.TakeDown && other.Releases.Intersect(deal.Releases, StringComparer.Ordinal).Any()))
        {
            var from = down.Periods.Select(period => period.Start is { } start ? ErnDates.ToInstant(start, minutes: 14 * 60) : long.MinValue).DefaultIfEmpty(long.MinValue).Min();
            var everywhere = down.Territories.Count == 0 && down.Excluded.Count == 0;
            if (everywhere || (window.Territories.Count > 0 && window.Territories.All(code => Covers(down, code))))
            {
                if (from <= window.OpensMs) return null;
                window = window with { ClosesMs = Math.Min(window.ClosesMs ?? long.MaxValue, from) };
            }
            else if (window.Territories.Count > 0)
            {
                window = window with { Territories = [.. window.Territories.Where(code => !Covers(down, code))] };
            }
            else
            {
                window = window with { Excluded = [.. window.Excluded.Concat(Territories.All.Where(code => Covers(down, code))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
            }
        }

        return window;
    }

    private static bool Covers(ErnDeal deal, string code) => deal.Territories.Count > 0 ? deal.Territories.Contains(code) : !deal.Excluded.Contains(code);

    private Deal Draft(ErnDeal deal, Grant grant, ErnWindow window)
    {
        var download = grant.Uses.Contains(ContentUse.Download);
        return new Deal
        {
            Id = "",
            Name = NameOf(deal, grant),
            Licensor = message.Licensor,
            Content = new ContentSelector(),
            Territories = window.Territories.ToHashSet(StringComparer.Ordinal),
            TerritoriesExcluded = window.Excluded.ToHashSet(StringComparer.Ordinal),
            OpensMs = window.OpensMs,
            ClosesMs = window.ClosesMs,
            Model = grant.Model,
            Plans = grant.Plan is null ? new HashSet<string>() : new HashSet<string> { grant.Plan },
            Uses = grant.Uses.ToHashSet(),
            AudioQualities = grant.Qualities.ToHashSet(),
            ClearKeyAllowed = options.ClearKey,
            OfflineSeconds = download && grant.Model == CommercialModel.Subscription ? options.OfflineDays * 86_400L : null,
            MaxDevices = download ? options.MaxDevices : null,
        };
    }

    /// <summary>Without its countries, which are known last.</summary>
    private string NameOf(ErnDeal deal, Grant grant)
    {
        var title = ShortTitle(message.Main.Titles[0].Value);
        var kind = deal.IsPreOrder ? "with a pre-order" : deal.Uses.All(use => use == "NonInteractiveStream") ? "not on demand" : "";
        return string.Join(" · ", ((string[])[title, grant.ErnModel, grant.Plan ?? "", kind]).Where(part => part.Length > 0));
    }

    /// <summary>Titles may be long; names in rights have a limit.</summary>
    public static string ShortTitle(string title) => title.Length <= MaxName ? title : title[..(char.IsHighSurrogate(title[MaxName - 1]) ? MaxName - 1 : MaxName)];

    private static string List(List<string> codes) => codes.Count <= 6 ? string.Join(' ', codes) : string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', codes.Take(5))} and {codes.Count - 5} more");

    private string IdOf(string terms) => $"ern.{releaseId}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(terms)))[..12]}";

    private void Note(ErnDeal deal, string why)
    {
        var note = string.Create(CultureInfo.InvariantCulture, $"Line {deal.Line}: the deal grants nothing: {why}.");
        if (_notes.Count < 100 && !_notes.Contains(note)) _notes.Add(note);
    }

    private sealed record Grant(string ErnModel, CommercialModel Model, string? Plan, IReadOnlyList<AudioQuality> Qualities, IReadOnlyList<ContentUse> Uses);
}
