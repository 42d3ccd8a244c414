using System.Net;
using System.Text.RegularExpressions;

namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>Reads the hidden fields of a form in a page, as a browser without a script sends them back.</summary>
internal static partial class Forms
{
    public static async Task<Dictionary<string, string>> ReadAsync(HttpClient http, string page, string action)
    {
        var html = await http.GetStringAsync(page);
        var form = html[html.IndexOf($"action=\"{action}\"", StringComparison.Ordinal)..];
        form = form[..form.IndexOf("</form>", StringComparison.Ordinal)];
        var fields = new Dictionary<string, string>();
        foreach (Match field in Hidden().Matches(form))
            fields[Attribute(field.Value, "name")] = Attribute(field.Value, "value");
        return fields;
    }

    private static string Attribute(string tag, string name) =>
        WebUtility.HtmlDecode(Regex.Match(tag, name + "=\"([^\"]*)\"").Groups[1].Value);

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>")]
    private static partial Regex Hidden();
}
