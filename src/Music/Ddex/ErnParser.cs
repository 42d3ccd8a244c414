using DrmHub.Music.Catalogue;
using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>
/// Reads NewReleaseMessage and PurgeReleaseMessage of ERN 3.8 and 4.1 to 4.3.2. Both generations say the same with other elements, so one
/// reader looks for either; what differs in meaning is decided by the version.
/// </summary>
internal static class ErnParser
{
    /// <exception cref="ErnException">With every problem that was found and its line.</exception>
    public static ErnMessage Parse(Stream xml)
    {
        var root = ReadXml(xml);
        var version = ErnVersion.Of(root);
        if (root.Name is not ("NewReleaseMessage" or "PurgeReleaseMessage"))
            throw new ErnException(root.Line, "ern.structure", $"{Short(root.Name)} is no message of this standard; updates and takedowns are NewReleaseMessages too.");
        var problems = new ErnProblems();
        var message = ReadHeader(root, version, problems);
        message = root.Name == "PurgeReleaseMessage" ? ReadPurge(root, message, problems) : ReadReleases(root, message, problems);
        problems.ThrowIfAny();
        if (message.Purged is null) ErnCheck.Check(message, problems);
        problems.ThrowIfAny();
        return message;
    }

    private static XmlTree ReadXml(Stream xml)
    {
        try
        {
            return XmlTree.Read(xml, ErnLimits.Xml);
        }
        catch (XmlTreeException exception)
        {
            throw new ErnException(exception.Line, "ern.xml", exception.Message);
        }
    }

    public static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";

    private static ErnMessage ReadHeader(XmlTree root, string version, ErnProblems problems)
    {
        var header = root.Child("MessageHeader");
        if (header is null) throw new ErnException(root.Line, "ern.structure", "There is no MessageHeader.");
        var id = header.TextOf("MessageId");
        if (id is null || id.Length > 200) problems.Add(header, "ern.structure", "MessageHeader has no MessageId, or one of more than 200 characters.");
        var sender = ReadParty(header.Child("MessageSender"), header, "MessageSender", problems);
        var behalf = header.Child("SentOnBehalfOf") is { } other ? ReadParty(other, header, "SentOnBehalfOf", problems) : sender;
        ErnMoment created = default;
        if (header.Child("MessageCreatedDateTime") is not { } time || !ErnDates.TryTime(time.Text, out created)) problems.Add(header.Child("MessageCreatedDateTime") ?? header, "ern.value", "MessageCreatedDateTime is a date and time.");
        return new ErnMessage
        {
            Version = version,
            MessageId = id ?? "",
            Sender = sender,
            Licensor = behalf,
            Created = DateTimeOffset.FromUnixTimeMilliseconds(ErnDates.ToInstant(created, minutes: 0)),
            IsTest = header.TextOf("MessageControlType") == "TestMessage",
        };
    }

    private static string ReadParty(XmlTree? party, XmlTree header, string name, ErnProblems problems)
    {
        // 3.8 allows a DPID inside PartyId with an attribute; printed forms have hyphens.
        var text = party?.TextOf("PartyId")?.Replace("-", "", StringComparison.Ordinal) ?? "";
        if (!MusicIds.IsPartyId(text)) problems.Add(party ?? header, "ern.identifier", $"{name} has no PartyId with a right check character (PADPIDA…).");
        return text;
    }

    private static ErnMessage ReadPurge(XmlTree root, ErnMessage message, ErnProblems problems)
    {
        var purged = root.Child("PurgedRelease");
        var id = purged is null ? ErnReleaseId.None : ErnReleases.ReadId(purged.Children("ReleaseId"), problems);
        if (id.IsEmpty) problems.Add(purged ?? root, "ern.structure", "The purged release has no ReleaseId, so nobody can say which it is.");
        return message with { Purged = id };
    }

    private static ErnMessage ReadReleases(XmlTree root, ErnMessage message, ErnProblems problems)
    {
        var parties = ErnParties.Read(root.Child("PartyList"), problems);
        var resources = ErnResources.Read(root.Child("ResourceList"), root, problems);
        var (main, tracks) = ErnReleases.Read(root.Child("ReleaseList"), root, problems);
        return message with
        {
            Parties = parties,
            Recordings = resources.Recordings,
            Others = resources.Others,
            Artwork = resources.Artwork,
            Main = main,
            Tracks = tracks,
            Deals = ErnDeals.Read(root.Child("DealList"), message.Version, problems),
        };
    }
}
