using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>The DealList. Terms that this hub does not understand are refused or held, never granted.</summary>
internal static class ErnDeals
{
    public static IReadOnlyList<ErnDeal> Read(XmlTree? list, string version, ErnProblems problems)
    {
        var deals = new List<ErnDeal>();
        foreach (var group in list?.Children("ReleaseDeal") ?? [])
        {
            var releases = group.Children("DealReleaseReference").Select(node => node.Text).Where(text => text.Length > 0).Distinct(StringComparer.Ordinal).ToList();
            if (releases.Count == 0) problems.Add(group, "ern.structure", "A ReleaseDeal has no DealReleaseReference.");
            foreach (var deal in group.Children("Deal"))
            {
                if (deals.Count >= ErnLimits.MaxDeals) throw new ErnException(deal.Line, "ern.structure", $"A message has at most {ErnLimits.MaxDeals} deals.");
                deals.Add(ReadDeal(deal, releases, version, problems));
            }
        }

        return deals;
    }

    private static ErnDeal ReadDeal(XmlTree deal, IReadOnlyList<string> releases, string version, ErnProblems problems)
    {
        var read = new ErnDeal { Line = deal.Line, Releases = releases };
        if (deal.Child("DealTerms") is not { } terms)
        {
            if (deal.Child("IsCommunicatedOutOfBand") is null) problems.Add(deal, "ern.structure", "A Deal has neither DealTerms nor IsCommunicatedOutOfBand.");
            return read with { Held = "its terms are agreed elsewhere" };
        }

        foreach (var unknown in terms.All.Where(node => !ErnValues.DealTerms.Contains(node.Name)))
            problems.Add(unknown, "ern.structure", $"DealTerms has no {ErnParser.Short(unknown.Name)} in this standard: a condition that is not understood is not granted.");
        var usages = terms.Children("Usage").ToList();
        var takeDown = ErnText.Flag(terms.Child("TakeDown"), problems) == true || ErnText.Flag(terms.Child("AllDealsCancelled"), problems) == true;
        read = read with
        {
            Territories = ReadTerritories(terms, "TerritoryCode", problems),
            Excluded = ReadTerritories(terms, "ExcludedTerritoryCode", problems),
            Periods = [.. terms.Children("ValidityPeriod").Select(period => ReadPeriod(period, version, problems))],
            Models = ReadValues(terms.Children("CommercialModelType"), ErnValues.CommercialModels, problems),
            Uses = ReadValues(terms.Children("UseType").Concat(usages.SelectMany(usage => usage.Children("UseType"))), ErnValues.Uses, problems),
            IsPreOrder = ErnText.Flag(terms.Child("IsPreOrderDeal"), problems) ?? false,
            InstantGratification = [.. terms.Children("InstantGratificationResourceList").SelectMany(gratis => gratis.Children("DealResourceReference")).Select(node => node.Text)],
            TakeDown = takeDown,
            Channels = Parties(terms, "DistributionChannel"),
            ChannelsExcluded = Parties(terms, "ExcludedDistributionChannel"),
        };
        CheckTerms(terms, read, problems);
        return read with { Held = WhyHeld(deal, terms, usages, read) };
    }

    private static void CheckTerms(XmlTree terms, ErnDeal deal, ErnProblems problems)
    {
        var included = terms.Child("TerritoryCode") is not null;
        if (included && terms.Child("ExcludedTerritoryCode") is { } excluded) problems.Add(excluded, "ern.contradiction", "A deal names territories, or those it leaves out; never both.");
        if (terms.Child("DistributionChannel") is not null && terms.Child("ExcludedDistributionChannel") is { } channel) problems.Add(channel, "ern.contradiction", "A deal names channels, or those it leaves out; never both.");
        if (deal.Periods.Count == 0) problems.Add(terms, "ern.period", "A deal has a ValidityPeriod.");
        if (deal.TakeDown && deal.Uses.Count > 0) problems.Add(terms, "ern.contradiction", "A deal takes the release down, or says its uses; not both.");
        if (deal.InstantGratification.Count > 0 && !deal.IsPreOrder) problems.Add(terms, "ern.contradiction", "Instant gratification is part of a pre-order, and IsPreOrderDeal is not true.");
    }

    /// <summary>Terms that are in order and that a licence cannot keep.</summary>
    private static string? WhyHeld(XmlTree deal, XmlTree terms, List<XmlTree> usages, ErnDeal read)
    {
        if (read.TakeDown) return null;
        if (terms.Child("TerritoryCode") is null && terms.Child("ExcludedTerritoryCode") is null) return "it names no territory";

        // An empty list means the world: parts of countries alone must not come to mean that.
        if (read.Territories.Count == 0 && terms.Child("TerritoryCode") is not null && !terms.Children("TerritoryCode").Any(IsWorld)) return "it names parts of countries alone";
        if (read.Periods.Any(period => period.Start is null)) return "its period has no start";
        if (read.Models.Count == 0 || read.Uses.Count == 0) return "it names no commercial model or no use";
        if (terms.Child("NumberOfUsages") is not null || usages.Any(usage => usage.Child("NumberOfUsages") is not null)) return "it limits the number of uses";
        if (terms.Child("UserInterfaceType") is not null || terms.Child("CarrierType") is not null || usages.Any(usage => usage.Child("UserInterfaceType") is not null || usage.Child("CarrierType") is not null || usage.Child("DistributionChannelType") is not null)) return "it is for a kind of device or carrier";
        if (terms.Child("TechnicalInstantiation") is not null || deal.Child("DealTechnicalResourceDetailsReferenceList") is not null) return "it is for some technical forms alone";
        return terms.Child("ConsumerRentalPeriod") is not null ? "it has a rental period of its own" : null;
    }

    private static IReadOnlyList<string> ReadTerritories(XmlTree terms, string name, ErnProblems problems)
    {
        var codes = new SortedSet<string>(StringComparer.Ordinal);
        var world = false;
        foreach (var node in terms.Children(name))
        {
            var code = node.Text;
            if (IsWorld(node)) world = true;
            else if (Territories.IsCountry(code)) codes.Add(code);
            else if (code.Length is >= 4 and <= 6 && code[2] == '-' && Territories.IsCountry(code[..2])) Subdivision(codes, code[..2], name);
            else problems.Add(node, "ern.territory", $"'{ErnParser.Short(code)}' is no country of ISO 3166-1 and not Worldwide.");
        }

        if (world && name == "ExcludedTerritoryCode") problems.Add(terms, "ern.contradiction", "A deal cannot leave out the world.");
        return world ? [] : [.. codes];
    }

    /// <summary>By name, or by the number that CISAC gives the world.</summary>
    private static bool IsWorld(XmlTree code) => code.Text is Territories.Worldwide or "2136";

    /// <summary>A part of a country cannot be told from the rest by a country code: left out, it takes all of the country out; let in, it lets in nothing.</summary>
    private static void Subdivision(SortedSet<string> codes, string country, string name)
    {
        if (name == "ExcludedTerritoryCode") codes.Add(country);
    }

    private static ErnPeriod ReadPeriod(XmlTree period, string version, ErnProblems problems)
    {
        var start = ReadMoment(period, "StartDateTime", "StartDate", isEnd: false, problems);
        var end = ReadMoment(period, "EndDateTime", "EndDate", isEnd: true, problems);
        if (start is null && ErnVersion.NeedsStart(version)) problems.Add(period, "ern.period", "A ValidityPeriod has a start.");
        if (start is { } from && end is { } until)
        {
            if (from.Offset is null != until.Offset is null)
            {
                // One instant and one local time: compared where it is the latest, a period that could be empty somewhere is refused.
                if (from.Time >= until.Time.AddHours(14)) problems.Add(period, "ern.period", "The period ends before it starts.");
            }
            else if (ErnDates.ToInstant(from, 0) >= ErnDates.ToInstant(until, 0))
            {
                problems.Add(period, "ern.period", "The period ends before it starts.");
            }
        }

        return new ErnPeriod(start, end);
    }

    private static ErnMoment? ReadMoment(XmlTree period, string timeName, string dateName, bool isEnd, ErnProblems problems)
    {
        if (period.Child(timeName) is { } time)
        {
            if (period.Child(dateName) is not null) problems.Add(time, "ern.contradiction", $"A period has {timeName} or {dateName}, not both.");
            if (ErnDates.TryTime(time.Text, out var moment)) return moment;
            problems.Add(time, "ern.period", $"{timeName} is a date and time such as 2026-03-01T00:00:00, with or without an offset.");
        }
        else if (period.Child(dateName) is { } date)
        {
            // A last day is inside the period: it ends with the midnight after it.
            if (ErnDates.TryDate(date.Text, out var day)) return new ErnMoment(isEnd ? day.AddDays(1) : day, null);
            problems.Add(date, "ern.period", $"{dateName} is a whole date such as 2026-03-01.");
        }

        return null;
    }

    private static IReadOnlyList<string> ReadValues(IEnumerable<XmlTree> nodes, IReadOnlySet<string> allowed, ErnProblems problems)
    {
        var values = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            if (allowed.Contains(node.Text)) values.Add(node.Text);
            else problems.Add(node, "ern.value", $"{node.Name} '{ErnParser.Short(node.Text)}' is not of this standard.");
        }

        return [.. values];
    }

    private static IReadOnlyList<string> Parties(XmlTree terms, string name) =>
        [.. terms.Children(name).Select(channel => (channel.TextOf("PartyId") ?? channel.Child("PartyId")?.TextOf("DPID") ?? "").Replace("-", "", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];
}
