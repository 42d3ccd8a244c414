using System.Globalization;
using System.Text;

namespace DrmHub.Host.Load;

/// <summary>A rehearsal as one HTML file without scripts: the rate and the times of each second as SVG, and the tables beneath.</summary>
internal static class LoadChart
{
    private const int Width = 960;
    private const int Height = 240;
    private const int Left = 80;
    private const int Right = 120;

    public static string Write(LoadSummary summary, LoadOptions options)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"{options.Players:N0} players of {options.ContentId}");
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{Escape(title)}</title>
            <style>
            :root {"{"} color-scheme: light dark; --ink: light-dark(#1c1f24, #e6e8ec); --faint: light-dark(#d5d9e0, #3a404a); --granted: light-dark(#1a7f4b, #4cc38a); --refused: light-dark(#b3261e, #ff8a80); --errors: light-dark(#8a5a00, #ffb951); --p50: light-dark(#3557c4, #8fb0ff) {"}"}
            body {"{"} font: 14px/20px system-ui, sans-serif; color: var(--ink); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere {"}"} h1, h2 {"{"} line-height: 1.25 {"}"}
            table {"{"} border-collapse: collapse; font-variant-numeric: tabular-nums {"}"} td, th {"{"} padding: 4px 16px 4px 0; text-align: right; border-bottom: 1px solid var(--faint) {"}"} td:first-child, th:first-child {"{"} text-align: left {"}"}
            svg {"{"} width: 100%; height: auto {"}"} text {"{"} font: 11px system-ui, sans-serif; fill: var(--ink) {"}"} .grid {"{"} stroke: var(--faint) {"}"} path {"{"} fill: none; stroke-width: 1.5 {"}"}
            .granted {"{"} stroke: var(--granted) {"}"} .refused {"{"} stroke: var(--refused); stroke-dasharray: 6 3 {"}"} .errors {"{"} stroke: var(--errors); stroke-dasharray: 2 3 {"}"} .p50 {"{"} stroke: var(--p50) {"}"} .p99 {"{"} stroke: var(--refused); stroke-dasharray: 6 3 {"}"}
            @media (max-width: 40rem) {"{"} text {"{"} font-size: 24px {"}"} path {"{"} stroke-width: 3 {"}"} td, th {"{"} padding-right: 8px {"}"} .acts {"{"} font-size: 12px {"}"} {"}"}
            </style></head><body><h1>{Escape(title)}</h1>
            <p>{Escape(Describe(options))}</p>
            """);
        Lines(html, "Requests a second", summary.Timeline, ("granted", point => point.Granted), ("refused", point => point.Refused), ("errors", point => point.Errors));
        Lines(html, "Milliseconds from when a request was due to its answer", summary.Timeline, ("p50", point => point.P50), ("p99", point => point.P99));
        Table(html, "What they did", "acts", ["act", "count", "per second", "p50 ms", "p99 ms", "p99.9 ms", "max ms"], summary.Acts.Select(row => (string[])[row.Act, Number(row.Count), Number(row.PerSecond), Number(row.P50), Number(row.P99), Number(row.P999), Number(row.Max)]));
        if (summary.Refusals.Count > 0) Table(html, "Refused", "", ["reason", "count"], summary.Refusals.Select(pair => (string[])[pair.Key, Number(pair.Value)]));
        if (summary.Errors.Count > 0) Table(html, "Failed", "", ["how", "count"], summary.Errors.Select(pair => (string[])[pair.Key, Number(pair.Value)]));
        html.Append(CultureInfo.InvariantCulture, $"<p>{(summary.Refusals.Count > 0 ? "" : "Nobody was refused. ")}{(summary.Errors.Count > 0 ? "" : "Nothing failed.")}</p>");
        return html.Append("</body></html>\n").ToString();
    }

    /// <summary>What has to be known to run it again.</summary>
    private static string Describe(LoadOptions options)
    {
        string Weights(IEnumerable<(string Name, int Weight)> parts) => string.Join(", ", parts.Select(part => $"{(part.Name.Length == 0 ? "none" : part.Name)}:{part.Weight}"));
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"They join within {Seconds(options.Ramp)}; the run takes {Seconds(options.Duration)}.");
        if (options.Renewal is { } renewal) text.Append(CultureInfo.InvariantCulture, $" Each renews every {Seconds(renewal)}.");
        if (options.Stay is { } stay) text.Append(CultureInfo.InvariantCulture, $" Each stays for {Seconds(stay)}.");
        return text.Append(CultureInfo.InvariantCulture, $" Devices {Weights(options.Devices)}. Plans {Weights(options.Plans)}. At {string.Join(", ", options.Targets.Select(target => target.Authority))}.").ToString();
    }

    private static string Seconds(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.#} s");

    private static void Lines(StringBuilder html, string title, IReadOnlyList<LoadPoint> points, params (string Name, Func<LoadPoint, double> Value)[] lines)
    {
        var top = Math.Max(1, points.Select(point => lines.Max(line => line.Value(point))).DefaultIfEmpty(1).Max());
        var step = points.Count > 1 ? (double)(Width - Left - Right) / (points.Count - 1) : 0;
        double Y(double value) => Height - 30 - (value / top * (Height - 72));
        html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{title}\">");
        foreach (var share in (double[])[0, 0.5, 1])
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(top * share):0.#}\" y2=\"{Y(top * share):0.#}\"/><text x=\"{Left - 6}\" y=\"{Y(top * share) + 4:0.#}\" text-anchor=\"end\">{Number(top * share)}</text>");
        var labels = new List<double>();
        foreach (var (name, value) in lines)
        {
            html.Append(CultureInfo.InvariantCulture, $"<path class=\"{name}\" d=\"");
            for (var i = 0; i < points.Count; i++) html.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{Left + (i * step):0.#} {Y(value(points[i])):0.#}");

            // The name stands at the end of its line; lines that end together get their names beneath each other.
            var y = points.Count == 0 ? Y(0) : Y(value(points[^1]));
            while (labels.Exists(other => Math.Abs(other - y) < 22)) y -= 22;
            labels.Add(y);
            html.Append(CultureInfo.InvariantCulture, $"\"/><text x=\"{Width - Right + 6}\" y=\"{y + 4:0.#}\">{name}</text>");
        }

        html.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Height - 6}\">0 s</text><text x=\"{Width - Right}\" y=\"{Height - 6}\" text-anchor=\"end\">{points.Count} s</text></svg>");
    }

    private static void Table(StringBuilder html, string title, string name, string[] heads, IEnumerable<string[]> rows)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2><table class=\"{name}\"><tr>");
        foreach (var head in heads) html.Append("<th>").Append(Escape(head)).Append("</th>");
        html.Append("</tr>");
        foreach (var row in rows)
        {
            html.Append("<tr>");
            foreach (var cell in row) html.Append("<td>").Append(Escape(cell)).Append("</td>");
            html.Append("</tr>");
        }

        html.Append("</table>");
    }

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);

    private static string Number(double value) => value.ToString(value is > 0 and < 100 ? "0.##" : "N0", CultureInfo.InvariantCulture);
}
