using System.Text;
using DrmHub.KeyService.Cpix;
using static DrmHub.KeyService.Tests.Cpix.ModelTests;

namespace DrmHub.KeyService.Tests.Cpix;

public sealed class HostileTests
{
    private const string Open = "<CPIX xmlns=\"urn:dashif:org:cpix\">";

    [Theory]
    [InlineData("", CpixCodes.Xml)]
    [InlineData(" ", CpixCodes.Xml)]
    [InlineData("{}", CpixCodes.Xml)]
    [InlineData("<CPIX", CpixCodes.Xml)]
    [InlineData("<a/><b/>", CpixCodes.Xml)]
    [InlineData("<CPIX/>", CpixCodes.Root)]
    [InlineData("<x:CPIX xmlns:x=\"urn:x\"/>", CpixCodes.Root)]
    [InlineData("<cpix:CPIX/>", CpixCodes.Xml)]
    [InlineData("<?xml version=\"1.1\"?><CPIX xmlns=\"urn:dashif:org:cpix\"/>", CpixCodes.Xml)]
    [InlineData("<!DOCTYPE CPIX><CPIX xmlns=\"urn:dashif:org:cpix\"/>", CpixCodes.Dtd)]
    [InlineData("<!DOCTYPE CPIX [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;&a;\">]><CPIX xmlns=\"urn:dashif:org:cpix\">&c;</CPIX>", CpixCodes.Dtd)]
    [InlineData("<!DOCTYPE CPIX SYSTEM \"file:///etc/passwd\"><CPIX xmlns=\"urn:dashif:org:cpix\"/>", CpixCodes.Dtd)]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\"/><!DOCTYPE CPIX>", CpixCodes.Dtd)]
    [InlineData(Open + "<![CDATA[<!DOCTYPE a>]]><!--<!DOCTYPE a>--><a b='<!DOCTYPE a>'/></CPIX>", CpixCodes.Xml)]
    [InlineData(Open + "<!--", CpixCodes.Xml)]
    [InlineData(Open + "<![CDATA[", CpixCodes.Xml)]
    [InlineData(Open + "<?a", CpixCodes.Xml)]
    [InlineData(Open + "<a b=\"", CpixCodes.Xml)]
    [InlineData(Open + "<a b", CpixCodes.Xml)]
    [InlineData(Open + "&lol;</CPIX>", CpixCodes.Xml)]
    [InlineData(Open + "&#0;</CPIX>", CpixCodes.Xml)]
    [InlineData("<CPIX xmlns=\"urn:dashif:org:cpix\" a=\"1\" a=\"2\"/>", CpixCodes.Xml)]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-7\"?><CPIX xmlns=\"urn:dashif:org:cpix\"/>", CpixCodes.Encoding)]
    [InlineData("<?xml version=\"1.0\" encoding=\"ibm037\"?><CPIX xmlns=\"urn:dashif:org:cpix\"/>", CpixCodes.Encoding)]
    [InlineData("+ADw-CPIX xmlns=+ACI-urn:dashif:org:cpix+ACI-/+AD4-", CpixCodes.Xml)]
    [InlineData(Open + "<ContentKeyList><ContentKey/></ContentKeyList></CPIX>", CpixCodes.MissingAttribute)]
    [InlineData(Open + "<ContentKeyList><ContentKey kid=\"1\"/></ContentKeyList></CPIX>", CpixCodes.Attribute)]
    [InlineData(Open + "<ContentKeyList><ContentKey kid=\"" + Kid1 + "\" explicitIV=\"AAAA\"/></ContentKeyList></CPIX>", CpixCodes.KeyLength)]
    [InlineData(Open + "<ContentKeyList><ContentKey kid=\"" + Kid1 + "\" explicitIV=\"00000000000000000000000000000000!\"/></ContentKeyList></CPIX>", CpixCodes.Base64)]
    [InlineData(Open + "<ContentKeyList><ContentKey kid=\"" + Kid1 + "\"/><ContentKey kid=\"11111111111141118111111111111111\"/></ContentKeyList></CPIX>", CpixCodes.DuplicateKid)]
    [InlineData(Open + "<ContentKeyList/><ContentKeyList/></CPIX>", CpixCodes.DuplicateList)]
    [InlineData(Open + "<ContentKeyList id=\"a\"/><DRMSystemList id=\"a\"/></CPIX>", CpixCodes.DuplicateId)]
    [InlineData(Open + "<DRMSystemList><DRMSystem kid=\"" + Kid1 + "\"/></DRMSystemList></CPIX>", CpixCodes.MissingAttribute)]
    [InlineData(Open + "<ContentKeyPeriodList><ContentKeyPeriod index=\"99999999999999999999\"/></ContentKeyPeriodList></CPIX>", CpixCodes.Attribute)]
    [InlineData(Open + "<ContentKeyPeriodList><ContentKeyPeriod start=\"soon\"/></ContentKeyPeriodList></CPIX>", CpixCodes.Attribute)]
    [InlineData(Open + "<ContentKeyPeriodList><ContentKeyPeriod start=\"2026-01-01T00:00:00Z\" duration=\"P99999999999Y\"/></ContentKeyPeriodList></CPIX>", CpixCodes.Attribute)]
    [InlineData(Open + "<ContentKeyPeriodList><ContentKeyPeriod startOffset=\"-PT1S\"/></ContentKeyPeriodList></CPIX>", CpixCodes.Attribute)]
    [InlineData(Open + "<ContentKeyUsageRuleList><ContentKeyUsageRule kid=\"" + Kid1 + "\"><KeyPeriodFilter/></ContentKeyUsageRule></ContentKeyUsageRuleList></CPIX>", CpixCodes.MissingAttribute)]
    [InlineData(Open + "<ContentKeyUsageRuleList><ContentKeyUsageRule kid=\"" + Kid1 + "\"><VideoFilter hdr=\"maybe\"/></ContentKeyUsageRule></ContentKeyUsageRuleList></CPIX>", CpixCodes.Attribute)]
    [InlineData(Open + "<UpdateHistoryItemList><UpdateHistoryItem updateVersion=\"1\"/></UpdateHistoryItemList></CPIX>", CpixCodes.MissingAttribute)]
    public void Bad_documents_fail_with_one_exception_and_a_code(string text, string code) =>
        Assert.Equal(code, Assert.Throws<CpixException>(() => CpixDocument.Load(Encoding.UTF8.GetBytes(text))).Code);

    [Theory]
    [InlineData("FFFE0000", CpixCodes.Encoding)]
    [InlineData("0000FEFF", CpixCodes.Encoding)]
    [InlineData("EFBBBF", CpixCodes.Xml)]
    [InlineData("FEFF", CpixCodes.Xml)]
    [InlineData("3C4350495820C328", CpixCodes.Encoding)]
    [InlineData("FFFE3C0000D8", CpixCodes.Encoding)]
    [InlineData("FFFE3C", CpixCodes.Encoding)]
    [InlineData("4C6FA794", CpixCodes.Encoding)]
    [InlineData("3C00", CpixCodes.Xml)]
    public void Bad_bytes_fail_with_one_exception_and_a_code(string hex, string code) =>
        Assert.Equal(code, Assert.Throws<CpixException>(() => CpixDocument.Load(Convert.FromHexString(hex))).Code);

    [Fact]
    public void Utf8_and_utf16_are_read_with_and_without_a_mark_whatever_the_declaration_says()
    {
        foreach (var declaration in new[] { "", "<?xml version=\"1.0\" encoding=\"utf-16\"?>", "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>" })
        {
            var text = declaration + "<CPIX xmlns=\"urn:dashif:org:cpix\" contentId=\"ü€\"/>";
            foreach (var encoding in new Encoding[] { new UTF8Encoding(false), new UnicodeEncoding(false, false), new UnicodeEncoding(true, false) })
            {
                Assert.Equal("ü€", CpixDocument.Load(encoding.GetBytes(text)).ContentId);
                Assert.Equal("ü€", CpixDocument.Load([.. encoding is UTF8Encoding ? [0xEF, 0xBB, 0xBF] : encoding.GetBytes("\uFEFF"), .. encoding.GetBytes(text)]).ContentId);
            }
        }
    }

    [Fact]
    public void Depth_nodes_attributes_keys_and_signatures_are_limited()
    {
        AssertLimit(Open + Repeat("<a>", 40) + Repeat("</a>", 40) + "</CPIX>");
        AssertLimit(Open + Repeat("<a>", 1_000_000));
        AssertLimit("<CPIX xmlns=\"urn:dashif:org:cpix\" " + string.Concat(Enumerable.Range(0, 70).Select(i => $"a{i}=\"\" ")) + "/>");
        AssertLimit(Open + Repeat("<a/>", 1000) + "</CPIX>", CpixLimits.Default with { MaxNodes = 1000 });
        AssertLimit(Open + Repeat("<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>", 40) + "</CPIX>");
        AssertLimit(Keys(11), CpixLimits.Default with { MaxKeys = 10 });
        AssertLimit(Keys(10_001));
        Assert.Equal(10_000, CpixDocument.Load(Encoding.UTF8.GetBytes(Keys(10_000))).ContentKeys.Count);

        static void AssertLimit(string text, CpixLimits? limits = null) =>
            Assert.Equal(CpixCodes.Limit, Assert.Throws<CpixException>(() => CpixDocument.Load(Encoding.UTF8.GetBytes(text), limits)).Code);
    }

    [Fact]
    public void Markup_inside_of_texts_and_comments_is_no_markup()
    {
        var document = CpixDocument.Load("<!-- <!DOCTYPE a> --><CPIX xmlns=\"urn:dashif:org:cpix\" name='a>b' contentId=\"'>'\"><![CDATA[<!DOCTYPE a>]]><?p <!DOCTYPE a> ?></CPIX>"u8);
        Assert.Equal(("a>b", "'>'"), (document.Name, document.ContentId));
    }

    [Fact]
    public void A_million_attributes_are_refused_before_they_are_compared()
    {
        // The parser alone takes seconds for these; the count of allocated bytes shows that it never started.
        var attributes = Encoding.UTF8.GetBytes(Open + "<a " + string.Concat(Enumerable.Range(0, 1_000_000).Select(i => $"a{i:x}='' ")) + "/></CPIX>");
        var declarations = Encoding.UTF8.GetBytes(Open + "<a " + string.Concat(Enumerable.Range(0, 400_000).Select(i => $"xmlns:a{i:x}=\"b\" ")) + "/></CPIX>");
        foreach (var bytes in new[] { attributes, declarations })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(CpixCodes.Limit, Assert.Throws<CpixException>(() => CpixDocument.Load(bytes)).Code);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < (3 * bytes.Length) + 100_000);
        }
    }

    [Fact]
    public async Task A_body_that_never_ends_is_read_up_to_the_limit()
    {
        await using var endless = new Endless();
        var limits = CpixLimits.Default with { MaxBytes = 100_000 };
        var refused = await Assert.ThrowsAsync<CpixException>(() => CpixDocument.LoadAsync(endless, limits));
        Assert.Equal(CpixCodes.Size, refused.Code);
        Assert.True(endless.Given < 300_000, $"{endless.Given} bytes were read.");
        Assert.Equal(CpixCodes.Size, Assert.Throws<CpixException>(() => CpixDocument.Load(new byte[100_001], limits)).Code);
        await using var good = new MemoryStream(Encoding.UTF8.GetBytes(Keys(2000)));
        Assert.Equal(2000, (await CpixDocument.LoadAsync(good)).ContentKeys.Count);
    }

    [Fact]
    public void Ten_thousand_keys_cost_a_bounded_amount_of_memory()
    {
        var bytes = Encoding.UTF8.GetBytes(Keys(10_000));
        CpixDocument.Load(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var document = CpixDocument.Load(bytes);
        var perKey = (GC.GetAllocatedBytesForCurrentThread() - before) / document.ContentKeys.Count;
        Assert.True(perKey < 4096, $"{perKey} bytes per key.");
    }

    [Fact]
    public void A_text_in_many_pieces_is_one_text()
    {
        var pieces = Repeat("<![CDATA[A]]><!-- -->", 16) + Repeat("A", 6) + "==";
        var document = Parse($"<cpix:ContentKeyList><cpix:ContentKey kid=\"{Kid1}\"><cpix:Data><pskc:Secret><pskc:PlainValue>{pieces}</pskc:PlainValue></pskc:Secret></cpix:Data></cpix:ContentKey></cpix:ContentKeyList>");
        Assert.Equal(new byte[16], document.ContentKeys[0].GetKeyBytes());
        var element = Parse($"<cpix:ContentKeyList><cpix:ContentKey kid=\"{Kid1}\"><cpix:Data><pskc:Secret><pskc:PlainValue>AAAA<b/></pskc:PlainValue></pskc:Secret></cpix:Data></cpix:ContentKey></cpix:ContentKeyList>");
        Assert.Equal(CpixCodes.Element, Assert.Throws<CpixException>(() => element.ContentKeys[0].GetKeyBytes()).Code);
    }

    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();

    private static string Keys(int count) => Open + "<ContentKeyList>"
        + string.Concat(Enumerable.Range(0, count).Select(i => $"<ContentKey kid=\"{i:x8}-1111-4111-8111-111111111111\" commonEncryptionScheme=\"cenc\"/>")) + "</ContentKeyList></CPIX>";

    private sealed class Endless : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)' ');
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
