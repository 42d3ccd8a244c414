using System.Text;
using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What makes a document valid. Every check adds to the list, none stops it.</summary>
internal static class RightsChecks
{
    private const int MaxIdBytes = 256;
    private const int MaxNameBytes = 512;
    private const int MaxItems = 10_000;
    private const long MaxSeconds = 100L * 366 * 86_400;
    private const int MaxCount = 1_000_000;

    public static void Check(Title title, RightsProblems problems)
    {
        Id("$.id", title.Id, problems);
        Name("$.name", title.Name, problems);
        Ids("$.collections", title.Collections, problems);
    }

    public static void Check(Collection collection, RightsProblems problems)
    {
        Id("$.id", collection.Id, problems);
        Name("$.name", collection.Name, problems);
        Patterns("$.content.patterns", collection.Content.Patterns, problems);
        if (collection.Content.Collections.Count > 0) problems.Add("$.content.collections", RightsProblem.Conflict, "Collections do not nest.");
    }

    public static void Check(Plan plan, RightsProblems problems)
    {
        Id("$.id", plan.Id, problems);
        Name("$.name", plan.Name, problems);
        Track("$.maxTrack", plan.MaxTrack, problems);
        Count("$.maxStreams", plan.MaxStreams, problems);
        Count("$.maxDevices", plan.MaxDevices, problems);
    }

    public static void Check(Takedown takedown, RightsProblems problems)
    {
        Id("$.id", takedown.Id, problems);
        Selector("$.content", takedown.Content, problems);
        Countries("$.territories", takedown.Territories, problems);
        Window("$.until", takedown.FromMs, takedown.UntilMs, problems);
        Text("$.reason", takedown.Reason, MaxNameBytes, problems);
    }

    public static void Check(RevocationList list, RightsProblems problems)
    {
        Id("$.id", list.Id, problems);
        Text("$.version", list.Version, 64, problems);
        if (list.SystemIds.Any(id => id < 0)) problems.Add("$.systemIds", RightsProblem.Range, "A system id is 0 or more.");
        if (list.CertificateSerials.Any(serial => serial.Length is 0 or > 128 || !serial.All(char.IsAsciiHexDigit)))
            problems.Add("$.certificateSerials", RightsProblem.Malformed, "A serial number is hex without separators.");
        Ids("$.appIds", list.AppIds, problems);
    }

    public static void Check(Deal deal, RightsProblems problems)
    {
        Id("$.id", deal.Id, problems);
        Name("$.name", deal.Name, problems);
        Text("$.licensor", deal.Licensor, MaxNameBytes, problems);
        Selector("$.content", deal.Content, problems);
        Countries("$.territories", deal.Territories, problems);
        Countries("$.territoriesExcluded", deal.TerritoriesExcluded, problems);
        Window("$.closes", deal.OpensMs, deal.ClosesMs, problems);
        Ids("$.plans", deal.Plans, problems);
        if (deal.Model == CommercialModel.Subscription && deal.Plans.Count == 0) problems.Add("$.plans", RightsProblem.Missing, "A subscription deal names at least one plan.");
        if (deal.Model != CommercialModel.Subscription && deal.Plans.Count > 0) problems.Add("$.plans", RightsProblem.Conflict, "Plans belong to subscription deals only.");
        if (deal.Uses.Count == 0) problems.Add("$.uses", RightsProblem.Missing, "A deal allows at least one use.");
        Track("$.maxTrack", deal.MaxTrack, problems);
        if (deal.AudioLanguages.Any(language => language.Length is not (2 or 3) || !language.All(char.IsAsciiLetterLower)))
            problems.Add("$.audioLanguages", RightsProblem.Malformed, "A language is a primary subtag of two or three lower-case letters.");
        Caps("$.levelCaps", deal.LevelCaps, problems);
        for (var i = 0; i < deal.Platforms.Count; i++) Platform($"$.platforms[{i}]", deal.Platforms[i], problems);
        if (deal.Platforms.DistinctBy(platform => platform.Platform, StringComparer.Ordinal).Count() != deal.Platforms.Count)
            problems.Add("$.platforms", RightsProblem.Duplicate, "A platform stands once.");
        Seconds("$.licenseSeconds", deal.LicenseSeconds, problems);
        Seconds("$.offlineSeconds", deal.OfflineSeconds, problems);
        Seconds("$.renewSeconds", deal.RenewSeconds, problems);
        Seconds("$.rentalSeconds", deal.RentalSeconds, problems);
        Seconds("$.playbackSeconds", deal.PlaybackSeconds, problems);
        if (deal.RentalSeconds is not null && deal.Model != CommercialModel.Rental) problems.Add("$.rentalSeconds", RightsProblem.Conflict, "Only a rental deal has a rental time.");
        if (deal.RenewSeconds >= deal.LicenseSeconds) problems.Add("$.renewSeconds", RightsProblem.Conflict, "A licence is renewed before it ends.");
        Count("$.maxStreams", deal.MaxStreams, problems);
        Count("$.maxDevices", deal.MaxDevices, problems);
    }

    public static void Check(Subscriber subscriber, RightsProblems problems)
    {
        Id("$.id", subscriber.Id, problems);
        Count("$.maxStreams", subscriber.MaxStreams, problems);
        Count("$.maxDevices", subscriber.MaxDevices, problems);
        Items("$.subscriptions", subscriber.Subscriptions.Count, problems);
        for (var i = 0; i < subscriber.Subscriptions.Count; i++)
        {
            var each = subscriber.Subscriptions[i];
            Id($"$.subscriptions[{i}].plan", each.Plan, problems);
            Window($"$.subscriptions[{i}].until", each.FromMs, each.UntilMs, problems);
        }

        Items("$.purchases", subscriber.Purchases.Count, problems);
        for (var i = 0; i < subscriber.Purchases.Count; i++) Target($"$.purchases[{i}]", subscriber.Purchases[i].Content, subscriber.Purchases[i].Collection, problems);
        Items("$.rentals", subscriber.Rentals.Count, problems);
        for (var i = 0; i < subscriber.Rentals.Count; i++)
        {
            var each = subscriber.Rentals[i];
            Target($"$.rentals[{i}]", each.Content, each.Collection, problems);
            if (each.FromMs is null) problems.Add($"$.rentals[{i}].from", RightsProblem.Missing, "A rental has a time from which it counts.");
            if (each.FirstPlayMs < each.FromMs) problems.Add($"$.rentals[{i}].firstPlay", RightsProblem.Conflict, "The first play is not before the rental.");
        }

        Items("$.devices", subscriber.Devices.Count, problems);
        for (var i = 0; i < subscriber.Devices.Count; i++) Id($"$.devices[{i}].id", subscriber.Devices[i].Id, problems);
        if (subscriber.Devices.DistinctBy(device => device.Id, StringComparer.Ordinal).Count() != subscriber.Devices.Count)
            problems.Add("$.devices", RightsProblem.Duplicate, "A device stands once.");
    }

    private static void Platform(string path, PlatformTerms terms, RightsProblems problems)
    {
        Id(path + ".platform", terms.Platform, problems);
        if (terms.Platform.Any(char.IsUpper)) problems.Add(path + ".platform", RightsProblem.Malformed, "A platform is in lower case.");
        Track(path + ".maxTrack", terms.MaxTrack, problems);
        Caps(path + ".levelCaps", terms.LevelCaps, problems);
    }

    private static void Track(string path, TrackType? track, RightsProblems problems)
    {
        if (track == TrackType.Audio) problems.Add(path, RightsProblem.Range, "The highest picture is SD, HD, UHD1 or UHD2.");
    }

    private static void Caps(string path, IReadOnlyDictionary<SecurityLevel, long> caps, RightsProblems problems)
    {
        if (caps.Values.Any(pixels => pixels < 0)) problems.Add(path, RightsProblem.Range, "A cap is 0 pixels or more.");
    }

    private static void Selector(string path, ContentSelector selector, RightsProblems problems)
    {
        Patterns(path + ".patterns", selector.Patterns, problems);
        Ids(path + ".collections", selector.Collections, problems);
        if (selector.Patterns.Count == 0 && selector.Collections.Count == 0) problems.Add(path, RightsProblem.Missing, "Content is named by patterns, by collections, or by both.");
    }

    private static void Patterns(string path, IReadOnlyList<string> patterns, RightsProblems problems)
    {
        Ids(path, patterns, problems);
        if (patterns.Any(pattern => pattern.AsSpan(0, Math.Max(0, pattern.Length - 1)).Contains('*')))
            problems.Add(path, RightsProblem.Malformed, "A star stands at the end of a pattern only.");
    }

    private static void Countries(string path, IReadOnlySet<string> codes, RightsProblems problems)
    {
        if (codes.Any(code => CountrySet.IndexOf(code) == CountrySet.Unknown)) problems.Add(path, RightsProblem.Malformed, "A territory is an ISO 3166-1 code of two capital letters.");
    }

    private static void Window(string path, long? from, long? until, RightsProblems problems)
    {
        if (until <= from) problems.Add(path, RightsProblem.Conflict, "A window ends after it begins.");
    }

    private static void Target(string path, string? content, string? collection, RightsProblems problems)
    {
        if (content is null == collection is null) problems.Add(path, RightsProblem.Conflict, "Either a content or a collection is named.");
        if (content is not null) Id(path + ".content", content, problems);
        if (collection is not null) Id(path + ".collection", collection, problems);
    }

    private static void Seconds(string path, long? seconds, RightsProblems problems)
    {
        if (seconds is < 1 or > MaxSeconds) problems.Add(path, RightsProblem.Range, "A duration is one second to a hundred years.");
    }

    private static void Count(string path, int? count, RightsProblems problems)
    {
        if (count is < 0 or > MaxCount) problems.Add(path, RightsProblem.Range, $"A limit is 0 to {MaxCount}.");
    }

    private static void Items(string path, int count, RightsProblems problems)
    {
        if (count > MaxItems) problems.Add(path, RightsProblem.Range, $"A list has at most {MaxItems} items.");
    }

    private static void Ids(string path, IReadOnlyCollection<string> ids, RightsProblems problems)
    {
        Items(path, ids.Count, problems);
        if (ids.Any(id => !IsText(id, MaxIdBytes))) problems.Add(path, RightsProblem.Malformed, $"An id is 1 to {MaxIdBytes} bytes of text without control characters.");
    }

    private static void Id(string path, string id, RightsProblems problems)
    {
        if (!IsText(id, MaxIdBytes)) problems.Add(path, RightsProblem.Malformed, $"An id is 1 to {MaxIdBytes} bytes of text without control characters.");
    }

    private static void Name(string path, string name, RightsProblems problems)
    {
        if (!IsText(name, MaxNameBytes)) problems.Add(path, RightsProblem.Malformed, $"A name is 1 to {MaxNameBytes} bytes of text without control characters.");
    }

    private static void Text(string path, string? text, int max, RightsProblems problems)
    {
        if (text is not null && !IsText(text, max)) problems.Add(path, RightsProblem.Malformed, $"The text is 1 to {max} bytes without control characters.");
    }

    /// <summary>A lone surrogate would be another character in the database than in the request.</summary>
    private static bool IsText(string? text, int max)
    {
        if (string.IsNullOrEmpty(text) || text.Length > max || Encoding.UTF8.GetByteCount(text) > max) return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i])) return false;
            if (char.IsSurrogate(text[i]) && !(char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[++i]))) return false;
        }

        return true;
    }
}
