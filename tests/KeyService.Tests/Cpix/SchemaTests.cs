using System.Xml;
using System.Xml.Schema;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using static DrmHub.KeyService.Tests.Cpix.ModelTests;

namespace DrmHub.KeyService.Tests.Cpix;

/// <summary>What is saved is valid for the published XSD of its version, but for the places where the XSD contradicts its own text.</summary>
public sealed class SchemaTests
{
    [SkippableTheory]
    [InlineData("2.2", "2.2")]
    [InlineData("2.3", "2.3")]
    [InlineData("2.3", "2.3.1")]
    [InlineData("2.4", "2.4")]
    public void A_document_with_everything_is_valid(string version, string schema)
    {
        CpixVectors.SkipIfAbsent();
        Assert.Empty(Errors(Everything(version).Save(), schema));
    }

    [SkippableFact]
    public void A_shuffled_document_is_valid_after_saving()
    {
        CpixVectors.SkipIfAbsent();
        var document = Parse($"""
            <cpix:ContentKeyUsageRuleList><cpix:ContentKeyUsageRule kid="{Kid1}"><cpix:AudioFilter/><cpix:VideoFilter/><cpix:LabelFilter label="l"/><cpix:KeyPeriodFilter periodId="p"/></cpix:ContentKeyUsageRule></cpix:ContentKeyUsageRuleList>
            <cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id="p" index="1"/></cpix:ContentKeyPeriodList><cpix:UpdateHistoryItemList/>
            <cpix:DRMSystemList><cpix:DRMSystem kid="{Kid1}" systemId="{Kid2}"><x:y xmlns:x="urn:x"/><cpix:SmoothStreamingProtectionHeaderData/><cpix:HLSSignalingData playlist="media"/><cpix:ContentProtectionData/><cpix:PSSH/></cpix:DRMSystem></cpix:DRMSystemList>
            <cpix:ContentKeyList><cpix:ContentKey kid="{Kid1}" explicitIV="f45bcebb-f0df-4a34-bf4e-c24edfcf6289"><cpix:Data><pskc:Secret><pskc:PlainValue>AAAAAAAAAAAAAAAAAAAAAA==</pskc:PlainValue></pskc:Secret></cpix:Data><cpix:HDCPData/></cpix:ContentKey></cpix:ContentKeyList>
            """);
        Assert.NotEmpty(Errors(document.Save(keepOrder: true), "2.4"));
        Assert.Empty(Errors(document.Save(), "2.4"));
    }

    [SkippableFact]
    public void Every_vector_is_valid_after_saving()
    {
        CpixVectors.SkipIfAbsent();
        foreach (var name in CpixVectors.Documents) Assert.Empty(Errors(CpixVectors.Load(name).Save(), "2.3.1"));
    }

    [SkippableTheory]
    [InlineData("2.4", "Algorithm")]
    [InlineData("2.3.1", null)]
    public void The_traps_of_the_schemas_are_named_by_validation(string schema, string? trap)
    {
        CpixVectors.SkipIfAbsent();
        var document = Everything("2.4");
        document.DeliveryData[0].DocumentKeys[0].Algorithm = Algorithms.Aes256Cbc;
        if (trap is not null) Assert.Contains(Errors(document.Save(), schema), e => e.Contains(trap, StringComparison.Ordinal));
        Assert.Contains(document.Validate(), p => p.Code == CpixCodes.Schema && p.Message.Contains("Algorithm", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Shared_periods_fail_the_schema_of_2_2_alone()
    {
        CpixVectors.SkipIfAbsent();
        var document = CpixDocument.Create("2.2", "c");
        var period = document.AddPeriod("p");
        period.Index = 1;
        foreach (var kid in new[] { Kid1, Kid2 })
        {
            document.AddContentKey(KeyId.Parse(kid));
            document.AddUsageRule(KeyId.Parse(kid)).AddPeriod(period);
        }

        Assert.NotEmpty(Errors(document.Save(), "2.2"));
        Assert.Empty(Errors(document.Save(), "2.3"));
    }

    private static class Algorithms
    {
        public const string Aes256Cbc = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
    }

    private static CpixDocument Everything(string version)
    {
        var (first, second) = (KeyId.Parse(Kid1), KeyId.Parse(Kid2));
        var date = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var document = CpixDocument.Create(version, "content & id");
        document.Name = "name";
        document.Id = "document";
        var update = document.AddUpdate("1", "test", date);
        var rule = document.AddUsageRule(first);
        var period = document.AddPeriod("p");
        period.Index = 3;
        period.Start = date;
        period.End = date.AddSeconds(10);
        rule.IntendedTrackType = "SD";
        rule.Add(new BitrateFilter(1, 2));
        rule.Add(new VideoFilter(1, 2, true, false, 10, 20));
        rule.AddLabel("label");
        if (version != "2.2") rule.AddPeriod(period);
        document.AddUsageRule(second).Add(new AudioFilter(1, 2));
        var system = document.AddDrmSystem(DrmSystemIds.Widevine, first);
        system.Id = "system";
        system.Name = "Widevine";
        system.UpdateVersion = update.UpdateVersion;
        system.SmoothStreamingProtectionHeaderData = "AAAA";
        system.AddHlsSignaling("media").Text = "#EXT-X-KEY";
        system.AddHlsSignaling(version == "2.4" ? "multiVariant" : "master").Text = "#EXT-X-SESSION-KEY";
        system.ContentProtectionData = [1];
        system.Pssh = [2];
        system.SetExtension("urn:x", "Extension", "text");
        if (version == "2.4")
        {
            system.Robustness = "3000";
            system.HlsAllowedCpc = "com.example:A/B";
            system.HlsSignaling[0].AllowedCpc = "com.example:A";
            var offsets = document.AddPeriod("o");
            offsets.StartOffset = TimeSpan.Zero;
            offsets.EndOffset = TimeSpan.FromSeconds(1.5);
            var lengths = document.AddPeriod("l");
            lengths.Label = "intro";
            lengths.StartOffset = TimeSpan.FromSeconds(2);
            lengths.Duration = TimeSpan.FromDays(1);
        }
        else
        {
            system.UriExtXKey = "https://localhost/?a=b&c";
            system.HdsSignalingData = [3];
        }

        var key = document.AddContentKey(first);
        key.SetKey(new byte[16]);
        key.ExplicitIV = new byte[16];
        if (version == "2.4")
        {
            key.HlsHdcpLevel = "TYPE-1";
            key.HdcpOutputProtectionData = [4];
        }

        if (version != "2.2") key.CommonEncryptionScheme = "cenc";
        var leaf = document.AddContentKey(second);
        leaf.DependsOnKey = first;
        leaf.SetKey(new byte[16]);
        document.ContentKeys.UpdateVersion = update.UpdateVersion;
        var recipient = document.AddRecipient(TestCertificates.A);
        recipient.ReceivingEntity = "r";
        recipient.Description = "d";
        recipient.SenderPointOfContact = "p";
        recipient.SendingEntity = "s";
        document.AddRecipient(TestCertificates.B).Name = "b";
        document.EncryptKeys();
        document.Sign(document.ContentKeys, TestCertificates.Signer);
        document.Sign(document.DeliveryData, TestCertificates.Signer, CpixCanonicalization.C14N11);
        document.SignDocument(TestCertificates.Signer);
        Assert.Equal(3, document.VerifySignatures());
        return document;
    }

    private static List<string> Errors(byte[] document, string schema)
    {
        var directory = Path.Combine(CpixVectors.Root!, "vectors", "cpix-xsd", schema);
        // Only files of this directory are read; the DTD inside of the signature schema is parsed, but nothing that it points to.
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Parse, XmlResolver = null };
        var set = new XmlSchemaSet { XmlResolver = null };
        foreach (var file in new[] { "xmldsig-core-schema.xsd", "xenc-schema.xsd", "pskc.xsd", "cpix.xsd" })
        {
            using var reader = XmlReader.Create(Path.Combine(directory, file), settings);
            set.Add(null, reader);
        }

        set.Compile();
        var errors = new List<string>();
        var validation = new XmlReaderSettings { ValidationType = ValidationType.Schema, Schemas = set };
        validation.ValidationEventHandler += (_, e) => errors.Add(e.Message);
        using var validating = XmlReader.Create(new MemoryStream(document), validation);
        while (validating.Read())
        {
        }

        return errors;
    }
}
