using System.Globalization;
using System.Text;

namespace DrmHub.Testing;

/// <summary>DDEX messages of our own, with fictitious identifiers whose check characters are right.</summary>
internal sealed record ErnSample
{
    public const string Sender = "PADPIDA2099010101X";
    public const string Recipient = "PADPIDA2099010102V";

    /// <summary>A subscription deal for both tracks in India from a local midnight on, one with advertisements for the rest of the world, and a purchase of the album.</summary>
    public const string UsualDeals =
        """
        <ReleaseDeal><DealReleaseReference>R1</DealReleaseReference><DealReleaseReference>R2</DealReleaseReference>
        <Deal><DealTerms><TerritoryCode>IN</TerritoryCode><TerritoryCode>LK</TerritoryCode><ValidityPeriod><StartDateTime>2026-02-01T00:00:00</StartDateTime></ValidityPeriod><CommercialModelType>SubscriptionModel</CommercialModelType><UseType>ConditionalDownload</UseType><UseType>OnDemandStream</UseType></DealTerms></Deal>
        <Deal><DealTerms><ExcludedTerritoryCode>US</ExcludedTerritoryCode><ValidityPeriod><StartDateTime>2026-02-01T00:00:00Z</StartDateTime><EndDateTime>2026-12-31T00:00:00Z</EndDateTime></ValidityPeriod><CommercialModelType>AdvertisementSupportedModel</CommercialModelType><UseType>NonInteractiveStream</UseType></DealTerms></Deal>
        </ReleaseDeal>
        <ReleaseDeal><DealReleaseReference>R0</DealReleaseReference>
        <Deal><DealTerms><TerritoryCode>IN</TerritoryCode><ValidityPeriod><StartDateTime>2026-02-01T00:00:00</StartDateTime></ValidityPeriod><CommercialModelType>PayAsYouGoModel</CommercialModelType><UseType>PermanentDownload</UseType></DealTerms></Deal>
        </ReleaseDeal>
        """;

    public string Version { get; init; } = "43";

    public string MessageId { get; init; } = "M-1";

    public string Created { get; init; } = "2026-01-01T00:00:00Z";

    public string Control { get; init; } = "LiveMessage";

    public string Grid { get; init; } = "A1ZZZZZ0000000001R";

    public string Icpn { get; init; } = "2000000000015";

    public string Title { get; init; } = "Kaveri";

    /// <summary>Designation of the first ISRC; the others follow.</summary>
    public int FirstIsrc { get; init; } = 1;

    public int Tracks { get; init; } = 2;

    /// <summary>The content of the DealList; empty leaves it out.</summary>
    public string Deals { get; init; } = UsualDeals;

    public Stream ToStream() => new MemoryStream(Encoding.UTF8.GetBytes(ToString()));

    public override string ToString() => Version.StartsWith("38", StringComparison.Ordinal) ? Three() : Four();

    public string IsrcOf(int track) => string.Create(CultureInfo.InvariantCulture, $"ZZABC99{FirstIsrc + track - 1:00000}");

    private string Header =>
        $"""
        <MessageHeader><MessageThreadId>T-1</MessageThreadId><MessageId>{MessageId}</MessageId>
        <MessageSender><PartyId>{Sender}</PartyId><PartyName><FullName>Sample Label</FullName></PartyName></MessageSender>
        <MessageRecipient><PartyId>{Recipient}</PartyId></MessageRecipient>
        <MessageCreatedDateTime>{Created}</MessageCreatedDateTime><MessageControlType>{Control}</MessageControlType></MessageHeader>
        """;

    private string Four()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""<?xml version="1.0" encoding="UTF-8"?>""");
        text.AppendLine(CultureInfo.InvariantCulture, $"""<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/{Version}" AvsVersionId="3" LanguageAndScriptCode="en">""");
        text.AppendLine(Header);
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            <PartyList>
            <Party><PartyReference>PArtist1</PartyReference><PartyName LanguageAndScriptCode="ta-Taml"><FullName>மாதிரி பாடகர்</FullName></PartyName><PartyName LanguageAndScriptCode="ta-Latn"><FullName>Maatiri Paadagar</FullName></PartyName><PartyId><ProprietaryId Namespace="{Sender}">A-1</ProprietaryId></PartyId></Party>
            <Party><PartyReference>PLabel1</PartyReference><PartyName><FullName>Sample Label</FullName></PartyName></Party>
            </PartyList>
            <ResourceList>
            """);
        for (var track = 1; track <= Tracks; track++) text.AppendLine(Recording(track));
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            <Image><ResourceReference>AC</ResourceReference><Type>FrontCoverImage</Type><ResourceId><ProprietaryId Namespace="{Sender}">COVER-1</ProprietaryId></ResourceId><TechnicalDetails><TechnicalResourceDetailsReference>TC</TechnicalResourceDetailsReference><File><URI>resources/{Icpn}.jpg</URI></File></TechnicalDetails></Image>
            </ResourceList>
            <ReleaseList>
            <Release><ReleaseReference>R0</ReleaseReference><ReleaseType>Album</ReleaseType><ReleaseId><GRid>{Grid}</GRid><ICPN>{Icpn}</ICPN></ReleaseId>
            <DisplayTitleText>{Title}</DisplayTitleText><DisplayTitle><TitleText LanguageAndScriptCode="ta-Taml">காவேரி</TitleText></DisplayTitle><DisplayArtistName>Maatiri Paadagar</DisplayArtistName>
            <DisplayArtist SequenceNumber="1"><ArtistPartyReference>PArtist1</ArtistPartyReference><DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>
            <ReleaseLabelReference>PLabel1</ReleaseLabelReference><PLine><Year>2026</Year><PLineText>2026 Sample Label</PLineText></PLine>
            <{GenreName}><GenreText>Carnatic</GenreText></{GenreName}><ParentalWarningType>NotExplicit</ParentalWarningType>
            <ResourceGroup><SequenceNumber>1</SequenceNumber>
            """);
        for (var track = 1; track <= Tracks; track++) text.AppendLine(CultureInfo.InvariantCulture, $"<ResourceGroupContentItem><SequenceNumber>{track}</SequenceNumber><ReleaseResourceReference>A{track}</ReleaseResourceReference></ResourceGroupContentItem>");
        text.AppendLine("<LinkedReleaseResourceReference>AC</LinkedReleaseResourceReference></ResourceGroup></Release>");
        for (var track = 1; track <= Tracks; track++) text.AppendLine(CultureInfo.InvariantCulture, $"""<TrackRelease><ReleaseReference>R{track}</ReleaseReference><ReleaseId><ProprietaryId Namespace="{Sender}">{Icpn}_{IsrcOf(track)}</ProprietaryId></ReleaseId><ReleaseResourceReference>A{track}</ReleaseResourceReference><ReleaseLabelReference>PLabel1</ReleaseLabelReference><{GenreName}><GenreText>Carnatic</GenreText></{GenreName}></TrackRelease>""");
        text.AppendLine("</ReleaseList>");
        if (Deals.Length > 0) text.AppendLine(CultureInfo.InvariantCulture, $"<DealList>{Deals}</DealList>");
        return text.Append("</ern:NewReleaseMessage>").ToString();
    }

    private string GenreName => Version == "432" ? "DisplayGenre" : "Genre";

    private string Recording(int track)
    {
        var id = $"<ResourceId><ISRC>{IsrcOf(track)}</ISRC></ResourceId>";
        if (Version is not ("41" or "42")) id = $"<SoundRecordingEdition>{id}</SoundRecordingEdition>";
        return string.Create(CultureInfo.InvariantCulture, $"""
            <SoundRecording><ResourceReference>A{track}</ResourceReference><Type>MusicalWorkSoundRecording</Type>{id}
            <DisplayTitleText>{Title} {track}</DisplayTitleText><DisplayTitle><TitleText>{Title} {track}</TitleText></DisplayTitle><DisplayArtistName>Maatiri Paadagar</DisplayArtistName>
            <DisplayArtist SequenceNumber="1"><ArtistPartyReference>PArtist1</ArtistPartyReference><DisplayArtistRole>MainArtist</DisplayArtistRole></DisplayArtist>
            <Contributor><ContributorPartyReference>PArtist1</ContributorPartyReference><Role>Composer</Role></Contributor>
            <Duration>PT3M20S</Duration><ParentalWarningType>NotExplicit</ParentalWarningType><LanguageOfPerformance>ta</LanguageOfPerformance><Raga>Kalyani</Raga></SoundRecording>
            """);
    }

    private string Three()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/{Version}" MessageSchemaVersionId="ern/{Version}" LanguageAndScriptCode="en">""");
        text.AppendLine(Header).AppendLine("<ResourceList>");
        for (var track = 1; track <= Tracks; track++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                <SoundRecording><SoundRecordingType>MusicalWorkSoundRecording</SoundRecordingType><SoundRecordingId><ISRC>{IsrcOf(track)}</ISRC></SoundRecordingId><ResourceReference>A{track}</ResourceReference>
                <ReferenceTitle><TitleText>{Title} {track}</TitleText></ReferenceTitle><Duration>PT3M20S</Duration>
                <SoundRecordingDetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode><Title TitleType="DisplayTitle"><TitleText>{Title} {track}</TitleText></Title>
                <DisplayArtist SequenceNumber="1"><PartyName><FullName>Maatiri Paadagar</FullName></PartyName><ArtistRole>MainArtist</ArtistRole></DisplayArtist>
                <ResourceContributor><PartyName><FullName>Composer One</FullName></PartyName><ResourceContributorRole>Composer</ResourceContributorRole></ResourceContributor>
                <DisplayArtistName>Maatiri Paadagar</DisplayArtistName><ParentalWarningType>NotExplicit</ParentalWarningType></SoundRecordingDetailsByTerritory></SoundRecording>
                """);
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"""
            </ResourceList><ReleaseList>
            <Release IsMainRelease="true"><ReleaseId><GRid>{Grid}</GRid><ICPN IsEan="true">{Icpn}</ICPN></ReleaseId><ReleaseReference>R0</ReleaseReference><ReferenceTitle><TitleText>{Title}</TitleText></ReferenceTitle>
            <ReleaseResourceReferenceList>{string.Concat(Enumerable.Range(1, Tracks).Select(track => $"""<ReleaseResourceReference ReleaseResourceType="PrimaryResource">A{track}</ReleaseResourceReference>"""))}</ReleaseResourceReferenceList>
            <ReleaseType>Album</ReleaseType><ReleaseDetailsByTerritory><TerritoryCode>Worldwide</TerritoryCode><DisplayArtistName>Maatiri Paadagar</DisplayArtistName><LabelName>Sample Label</LabelName></ReleaseDetailsByTerritory></Release>
            """);
        for (var track = 1; track <= Tracks; track++) text.AppendLine(CultureInfo.InvariantCulture, $"""<Release><ReleaseId><ISRC>{IsrcOf(track)}</ISRC></ReleaseId><ReleaseReference>R{track}</ReleaseReference><ReleaseResourceReferenceList><ReleaseResourceReference ReleaseResourceType="PrimaryResource">A{track}</ReleaseResourceReference></ReleaseResourceReferenceList><ReleaseType>TrackRelease</ReleaseType></Release>""");
        text.AppendLine("</ReleaseList>");
        if (Deals.Length > 0) text.AppendLine(CultureInfo.InvariantCulture, $"<DealList>{Deals}</DealList>");
        return text.Append("</ern:NewReleaseMessage>").ToString();
    }
}
