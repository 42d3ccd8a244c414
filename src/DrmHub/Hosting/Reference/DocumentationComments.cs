using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace DrmHub.Host.Hosting.Reference;

/// <summary>Summaries from the documentation files that lie beside the assemblies, as one line of text.</summary>
internal static partial class DocumentationComments
{
    private static readonly Dictionary<Assembly, Dictionary<string, string>> s_read = [];

    /// <returns>Empty where there is none: the name says everything.</returns>
    public static string SummaryOf(PropertyInfo property)
    {
        var assembly = property.DeclaringType!.Assembly;
        if (!s_read.TryGetValue(assembly, out var members)) s_read[assembly] = members = Read(assembly);
        return members.GetValueOrDefault($"P:{property.DeclaringType.FullName!.Replace('+', '.')}.{property.Name}", "");
    }

    private static Dictionary<string, string> Read(Assembly assembly)
    {
        var path = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
        if (!File.Exists(path)) return [];
        using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        return XDocument.Load(reader).Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Text(member.Element("summary")!), StringComparer.Ordinal);
    }

    private static string Text(XElement summary)
    {
        var text = string.Concat(summary.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "see" } see => $"`{(see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? "").Split('.', ':')[^1]}`",
            XElement other => other.Value,
            _ => node.ToString(),
        }));
        return Space().Replace(System.Net.WebUtility.HtmlDecode(text), " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
