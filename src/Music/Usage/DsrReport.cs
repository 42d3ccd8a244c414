using System.Globalization;
using System.Text;

namespace DrmHub.Music.Usage;

/// <summary>What a report is about.</summary>
public sealed record DsrRequest
{
    /// <summary>The licensor: the party id under which its messages came.</summary>
    public required string Licensor { get; init; }

    /// <summary>The period, from its first to its last day.</summary>
    public required DateOnly From { get; init; }

    public required DateOnly Until { get; init; }

    /// <summary>ISO 4217.</summary>
    public string Currency { get; init; } = "INR";

    /// <summary>
    /// Net revenue by <c>MODEL/TERRITORY</c>, for example <c>SubscriptionModel/IN</c>; 0 where it is not given. Where both streams and downloads were
    /// played under it, it is shared out by their plays, so that the rows add up to what was said.
    /// </summary>
    public IReadOnlyDictionary<string, decimal> Revenue { get; init; } = new Dictionary<string, decimal>();

    /// <summary>The hub's own party id.</summary>
    public required string SenderPartyId { get; init; }

    public required string ServiceName { get; init; }
}

/// <summary>One line of use: a recording under one model and use in one country.</summary>
/// <param name="TransactionId">Unique for ever; the trace of the report names the licences under it.</param>
public sealed record DsrUse(string TransactionId, string RecordingId, string Model, string Use, string Territory, int Streams, int Listeners, IReadOnlyList<DsrLicence> Licences);

/// <summary>A play of a row, with the licence under which it was heard and the deal of that licence.</summary>
public sealed record DsrLicence(string PlayId, long LicenseIndex, string LicenseId, string Deal);

/// <summary>What a report says of a recording.</summary>
public sealed record DsrResource(string RecordingId, string? Isrc, string Title, string? SubTitle, string Artist, long? DurationMs, IReadOnlyList<string> Composers);

/// <summary>
/// Writes a DDEX Digital Sales Report, Basic Audio Profile 1.2, multi-record blocks: HEAD, a SY02.02 for each model, use and territory, a block
/// for each recording, FOOT. Cells of a record are as many as the profile says, whether filled or not.
/// </summary>
public static class DsrReport
{
    /// <param name="created">When the report was made; with <paramref name="messageId"/> the only part that differs between two runs over the same plays.</param>
    public static string Write(DsrRequest request, IReadOnlyList<DsrUse> uses, IReadOnlyDictionary<string, DsrResource> resources, DateTimeOffset created, string messageId)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(uses);
        ArgumentNullException.ThrowIfNull(resources);
        var text = new StringBuilder();
        var lines = 0;
        Line("HEAD", "dsrf/30", "BasicAudioProfile", "1.2", messageId, created.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), "1", "1", Day(request.From), Day(request.Until), request.SenderPartyId, request.ServiceName, request.ServiceName, request.Licensor, "", "");
        var contexts = uses.GroupBy(use => (use.Model, use.Use, use.Territory)).OrderBy(group => group.Key.Model, StringComparer.Ordinal).ThenBy(group => group.Key.Use, StringComparer.Ordinal).ThenBy(group => group.Key.Territory, StringComparer.Ordinal).ToList();
        var shares = Shares(request, contexts);
        var summary = new Dictionary<(string, string, string), string>();
        foreach (var context in contexts)
        {
            var id = Number(summary.Count + 1);
            summary[context.Key] = id;
            var revenue = shares[context.Key];
            Line("SY02.02", id, "", "", context.Key.Model, context.Key.Use, context.Key.Territory, request.ServiceName, Number(context.Sum(use => use.Streams)), "", request.Currency, revenue.ToString("0.00##", CultureInfo.InvariantCulture), "", "", "", "", "", "", "Music", "", "", "");
        }

        if (contexts.Count == 0) Line("SY02.02", "1", "", "", "SubscriptionModel", "OnDemandStream", "Worldwide", request.ServiceName, "0", "", request.Currency, "0.00", "", "", "", "", "", "", "Music", "", "", "");
        var block = 0;
        foreach (var recording in uses.GroupBy(use => use.RecordingId).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var id = Number(++block);
            var resource = resources[recording.Key];
            Line("AS02.02", id, "RES1", recording.Key, resource.Isrc ?? "", resource.Title, resource.SubTitle ?? "", resource.Artist, "", Duration(resource.DurationMs), "SoundRecording", "", string.Join('|', resource.Composers.Select(Clean)), "", "", "", "", "", "", "", "", "");
            foreach (var use in recording.OrderBy(use => summary[(use.Model, use.Use, use.Territory)], StringComparer.Ordinal))
                Line("SU02", id, summary[(use.Model, use.Use, use.Territory)], use.TransactionId, "", "RES1", "true", Number(use.Streams), "", "");
        }

        text.Append(CultureInfo.InvariantCulture, $"FOOT\t{lines + 1}\t\t{Math.Max(1, summary.Count)}\t{block}\t\n");
        return text.ToString();

        void Line(params string[] cells)
        {
            lines++;
            for (var i = 0; i < cells.Length; i++)
            {
                if (i > 0) text.Append('\t');

                // Composers are a list: the bar between them stays.
                text.Append(cells[0] == "AS02.02" && i == 12 ? cells[i] : Clean(cells[i]));
            }

            text.Append('\n');
        }
    }

    /// <summary>Rounded down to the hundredth; the last row of a sum gets what is left of it.</summary>
    private static Dictionary<(string Model, string Use, string Territory), decimal> Shares(DsrRequest request, IReadOnlyList<IGrouping<(string Model, string Use, string Territory), DsrUse>> contexts)
    {
        var shares = new Dictionary<(string, string, string), decimal>();
        foreach (var sum in contexts.GroupBy(context => (context.Key.Model, context.Key.Territory)))
        {
            var left = request.Revenue.GetValueOrDefault($"{sum.Key.Model}/{sum.Key.Territory}");
            var streams = sum.Sum(context => context.Sum(use => (long)use.Streams));
            foreach (var context in sum)
            {
                var own = context.Sum(use => (long)use.Streams);
                var share = own == streams ? left : Math.Floor(left * own * 100 / streams) / 100;
                shares[context.Key] = share;
                (left, streams) = (left - share, streams - own);
            }
        }

        return shares;
    }

    /// <summary>As the standard names files: recipient, sender, service, period, territory, part, time.</summary>
    public static string FileName(DsrRequest request, IReadOnlyList<DsrUse> uses, DateTimeOffset created)
    {
        ArgumentNullException.ThrowIfNull(request);
        var territories = uses.Select(use => use.Territory).Distinct(StringComparer.Ordinal).ToList();
        var whole = request.From.Day == 1 && request.Until == request.From.AddMonths(1).AddDays(-1);
        var period = whole ? request.From.ToString("yyyy-MM", CultureInfo.InvariantCulture) : $"{Day(request.From)}--{Day(request.Until)}";
        var territory = territories.Count switch { 0 => "Worldwide", 1 => territories[0], _ => "multi" };
        return $"DSR_{Element(request.Licensor)}_{Element(request.SenderPartyId)}_{Element(request.ServiceName)}_{period}_{territory}_1of1_{created.UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture)}.tsv";
    }

    /// <summary>Tabs, bars and line ends would be cells, lists and records; backslashes are escapes that readers do not agree on.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => c switch { '\t' or '\n' or '\r' => ' ', '|' or '\\' => '/', _ => char.IsControl(c) ? ' ' : c })).Trim();

    private static string Element(string text) => string.Concat(text.Where(c => char.IsAsciiLetterOrDigit(c)));

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Duration(long? milliseconds) => milliseconds is { } known ? System.Xml.XmlConvert.ToString(TimeSpan.FromSeconds((known + 500) / 1000)) : "";
}
