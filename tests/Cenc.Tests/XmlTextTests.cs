using System.Xml.Linq;

namespace DrmHub.Cenc.Tests;

public sealed class XmlTextTests
{
    private const string Awkward = "a<b>&\"'\t\r\n]]> é 😀";

    [Fact]
    public void What_is_written_reads_back_as_it_was()
    {
        var xml = new XmlText(16).Start("p:a").Attribute("xmlns:p", "urn:x").Attribute("b", Awkward).Start("c").End().Text(Awkward).End().ToString();
        var element = XElement.Parse(xml, LoadOptions.PreserveWhitespace);
        Assert.Equal((Awkward, Awkward), ((string?)element.Attribute("b"), element.Value));
        Assert.EndsWith("</p:a>", xml, StringComparison.Ordinal);
        Assert.Contains("<c></c>", xml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0000")]
    [InlineData("\u0008")]
    [InlineData("\uFFFE")]
    public void What_xml_cannot_hold_is_refused(string text)
    {
        Assert.Throws<ArgumentException>(() => new XmlText(16).Start("a").Text(text));
        Assert.Throws<ArgumentException>(() => new XmlText(16).Start("a").Attribute("b", text));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => What_xml_cannot_hold_is_refused(new string('\uD800', 1));

    [Fact]
    public void Misuse_throws()
    {
        Assert.Throws<InvalidOperationException>(() => new XmlText(16).Start("a").ToString());
        Assert.Throws<InvalidOperationException>(() => new XmlText(16).Start("a").Text("b").Attribute("c", "d"));
    }
}
