using System.Globalization;
using System.Text;

namespace DrmHub.Host.Load;

/// <summary>A rehearsal as one HTML file without scripts: the rate and the times of each second as SVG, and the tables beneath.</summary>
internal static class LoadChart
{
    private const int Width = 960;
    private const int Height = 220;
    private const int Left = 56;

    public static string Write(LoadSummary summary, string title)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{Escape(title)}</title>
            <style>
            :root {"{"} color-scheme: light dark; --ink: light-dark(#1c1f24, #e6e8ec); --faint: light-dark(#d5d9e0, #3a404a); --granted: light-dark(#1a7f4b, #4cc38a); --refused: light-dark(#b3261e, #ff8a80); --errors: light-dark(#8a5a00, #ffb951); --p50: light-dark(#3557c4, #8fb0ff) {"}"}
            body {"{"} font: 14px/20px system-ui, sans-serif; color: var(--ink); max-width: 60rem; margin: 2rem auto; padding: 0 1rem {"}"}
            table {"{"} border-collapse: collapse; font-variant-numeric: tabular-nums {"}"} td, th {"{"} padding: 4px 16px 4px 0; text-align: right; border-bottom: 1px solid var(--faint) {"}"} td:first-child, th:first-child {"{"} text-align: left {"}"}
            svg {"{"} width: 100%; height: auto {"}"} text {"{"} font: 11px system-ui, sans-serif; fill: var(--ink) {"}"} .grid {"{"} stroke: var(--faint) {"}"} path {"{"} fill: none; stroke-width: 1.5 {"}"}
            .granted {"{"} stroke: var(--granted) {"}"} .refused {"{"} stroke: var(--refused); stroke-dasharray: 6 3 {"}"} .errors {"{"} stroke: var(--errors); stroke-dasharray: 2 3 {"}"} .p50 {"{"} stroke: var(--p50) {"}"} .p99 {"{"} stroke: var(--refused); stroke-dasharray: 6 3 {"}"}
            </style></head><body><h1>{Escape(title)}</h1>
            """);
        Lines(html, "Requests a second", summary.Timeline, ("granted", point => point.Granted), ("refused", point => point.Refused), ("errors", point => point.Errors));
        Lines(html, "Milliseconds from when a request was due to its answer", summary.Timeline, ("p50", point => point.P50), ("p99", point => point.P99));
        Table(html, ["act", "count", "per second", "p50 ms", "p99 ms", "p99.9 ms", "max ms"], summary.Acts.Select(row => (string[])[row.Act, Number(row.Count), Number(row.PerSecond), Number(row.P50), Number(row.P99), Number(row.P999), Number(row.Max)]));
        Table(html, ["refused", "count"], summary.Refusals.Select(pair => (string[])[pair.Key, Number(pair.Value)]));
        Table(html, ["failed", "count"], summary.Errors.Select(pair => (string[])[pair.Key, Number(pair.Value)]));
        return html.Append("</body></html>\n").ToString();
    }

    private static void Lines(StringBuilder html, string title, IReadOnlyList<LoadPoint> points, params (string Name, Func<LoadPoint, double> Value)[] lines)
    {
        var top = Math.Max(1, points.Select(point => lines.Max(line => line.Value(point))).DefaultIfEmpty(1).Max());
        var step = points.Count > 1 ? (Width - Left - 80.0) / (points.Count - 1) : 0;
        double Y(double value) => Height - 24 - (value / top * (Height - 48));
        html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{title}\">");
        foreach (var share in (double[])[0, 0.5, 1])
            html.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - 80}\" y1=\"{Y(top * share):0.#}\" y2=\"{Y(top * share):0.#}\"/><text x=\"{Left - 6}\" y=\"{Y(top * share) + 4:0.#}\" text-anchor=\"end\">{Number(top * share)}</text>");
        var labels = new List<double>();
        foreach (var (name, value) in lines)
        {
            html.Append(CultureInfo.InvariantCulture, $"<path class=\"{name}\" d=\"");
            for (var i = 0; i < points.Count; i++) html.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{Left + (i * step):0.#} {Y(value(points[i])):0.#}");

            // The name stands at the end of its line; lines that end together get their names beneath each other.
            var y = points.Count == 0 ? Y(0) : Y(value(points[^1]));
            while (labels.Exists(other => Math.Abs(other - y) < 12)) y -= 12;
            labels.Add(y);
            html.Append(CultureInfo.InvariantCulture, $"\"/><text x=\"{Width - 74}\" y=\"{y + 4:0.#}\">{name}</text>");
        }

        html.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Height - 6}\">0 s</text><text x=\"{Width - 80}\" y=\"{Height - 6}\" text-anchor=\"end\">{points.Count} s</text></svg>");
    }

    private static void Table(StringBuilder html, string[] heads, IEnumerable<string[]> rows)
    {
        html.Append("<h2>").Append(Escape(heads[0])).Append("</h2><table><tr>");
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
