using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>One step of the history of the document (CPIX 2.4, 5.3.12); <c>updateVersion</c> of lists and items points to it.</summary>
public sealed class CpixUpdateItem : CpixEntity
{
    private static readonly string[] Attributes = ["updateVersion", "index", "source", "date"];

    internal CpixUpdateItem(CpixDocument document, XmlNode element)
        : base(document, element)
    {
        UpdateVersion = GetInteger("updateVersion") ?? throw new CpixException(CpixCodes.MissingAttribute, "UpdateHistoryItem@updateVersion is missing.");
        Index = Required("index");
        Source = Required("source");
        Date = XmlValues.DateTime(Required("date"), "UpdateHistoryItem@date");
    }

    public long UpdateVersion { get; }

    public string Index { get; }

    /// <summary>Who made the update.</summary>
    public string Source { get; }

    public DateTimeOffset Date { get; }

    private protected override IReadOnlyList<string> KnownAttributes => Attributes;

    private string Required(string name) =>
        Element.Get(name) ?? throw new CpixException(CpixCodes.MissingAttribute, $"UpdateHistoryItem@{name} is missing.");
}
