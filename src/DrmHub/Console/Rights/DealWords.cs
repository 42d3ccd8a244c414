using DrmHub.Cenc;
using DrmHub.Host.Pages.Words;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Rights;

/// <summary>What a deal says, in words.</summary>
internal static class DealWords
{
    private const int Shown = 3;

    public static string Territories(Deal deal)
    {
        var except = deal.TerritoriesExcluded.Count == 0 ? "" : " but " + Few(deal.TerritoriesExcluded);
        return deal.Territories.Count == 0 ? "worldwide" + except : Few(deal.Territories) + except;
    }

    public static string For(Deal deal) => deal.Model switch
    {
        CommercialModel.Subscription => deal.Plans.Count == 0 ? "no plan yet" : string.Join(" or ", deal.Plans.Order(StringComparer.Ordinal)),
        CommercialModel.Purchase => "buyers",
        CommercialModel.Rental => "renters",
        CommercialModel.Free => "everybody",
        _ => deal.Model.ToString(),
    };

    public static string Content(ContentSelector content)
    {
        var parts = content.Patterns.Select(pattern => pattern == "*" ? "everything" : pattern.EndsWith('*') ? $"all that begin with {pattern[..^1]}" : pattern)
            .Concat(content.Collections.Select(collection => $"collection {collection}")).ToList();
        return parts.Count <= Shown ? string.Join(", ", parts) : $"{string.Join(", ", parts.Take(Shown))} and {parts.Count - Shown} more";
    }

    /// <summary>"open", "opens in 5 days", "closed 2 days ago".</summary>
    public static (string Word, string Tone) State(Deal deal, Reader reader)
    {
        var now = reader.Now.ToUnixTimeMilliseconds();
        if (now < deal.OpensMs) return ("opens " + reader.Ago(DateTimeOffset.FromUnixTimeMilliseconds(deal.OpensMs.Value)), "shut");
        if (now >= deal.ClosesMs) return ("closed " + reader.Ago(DateTimeOffset.FromUnixTimeMilliseconds(deal.ClosesMs.Value)), "shut");
        return deal.ClosesMs is { } closes && closes - now < 30L * 86_400_000 ? ("closes " + reader.Ago(DateTimeOffset.FromUnixTimeMilliseconds(closes)), "soon") : ("open", "open");
    }

    public static string Window(Deal deal, Reader reader)
    {
        var from = deal.OpensMs is { } opens ? $"from {reader.Day(DateTimeOffset.FromUnixTimeMilliseconds(opens))}" : "since ever";
        return deal.ClosesMs is { } closes ? $"{from} until {reader.Day(DateTimeOffset.FromUnixTimeMilliseconds(closes))}" : $"{from}, with no end";
    }

    public static string Track(TrackType track) => track switch
    {
        TrackType.SD => "SD, up to 576p",
        TrackType.HD => "HD, up to 1080p",
        TrackType.UHD1 => "UHD, up to 4K",
        TrackType.UHD2 => "UHD, up to 8K",
        _ => track.ToName(),
    };

    public static string Hdcp(HdcpVersion version) => version == HdcpVersion.None ? "none" : "HDCP " + version.ToString().TrimStart('V').Replace('_', '.');

    public static string Few(IReadOnlyList<Deal> deals) => string.Join(", ", deals.Take(Shown).Select(deal => deal.Name)) + (deals.Count > Shown ? $" and {deals.Count - Shown} more" : "");

    private static string Few(IReadOnlySet<string> codes)
    {
        var names = codes.Select(Countries.Name).Order(StringComparer.Ordinal).ToList();
        return names.Count <= Shown ? string.Join(", ", names) : $"{Numbers.Count(names.Count)} countries";
    }
}
