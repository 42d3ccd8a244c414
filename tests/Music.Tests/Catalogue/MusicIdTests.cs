using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Tests.Catalogue;

public sealed class MusicIdTests
{
    [Theory]
    [InlineData("A12425GABC1234002M", true)]
    [InlineData("A10302B0003989564F", true)]
    [InlineData("A10302B0003989564G", false)]
    [InlineData("A1-2425G-ABC1234002-M", false)]
    public void Grid(string text, bool valid) => Assert.Equal(valid, MusicIds.IsGrid(text));

    [Theory]
    [InlineData("PADPIDA2014122301Q", true)]
    [InlineData("PADPIDA2007050901U", true)]
    [InlineData("PADPIDA2007050901V", false)]
    public void Party(string text, bool valid) => Assert.Equal(valid, MusicIds.IsPartyId(text));

    [Theory]
    [InlineData("036000291452", true)]
    [InlineData("4006381333931", true)]
    [InlineData("036000291453", false)]
    [InlineData("36000291452", false)]
    public void Gtin(string text, bool valid) => Assert.Equal(valid, MusicIds.IsGtin(text));

    [Theory]
    [InlineData("INABC2500001", true)]
    [InlineData("IN-ABC-25-00001", false)]
    [InlineData("inabc2500001", false)]
    public void Isrc(string text, bool valid) => Assert.Equal(valid, MusicIds.IsIsrc(text));

    [Theory]
    [InlineData("0000000081266409", true)]
    [InlineData("0000000081266408", false)]
    public void Isni(string text, bool valid) => Assert.Equal(valid, MusicIds.IsIsni(text));

    [Theory]
    [InlineData("T0345246801", true)]
    [InlineData("T0345246802", false)]
    public void Iswc(string text, bool valid) => Assert.Equal(valid, MusicIds.IsIswc(text));

    /// <summary>Any one wrong character is noticed: the property that the check characters are for.</summary>
    [Fact]
    public void One_wrong_character_never_passes()
    {
        const string Grid = "A12425GABC1234002M";
        for (var i = 2; i < Grid.Length; i++)
        {
            foreach (var other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".Where(c => c != Grid[i]))
                Assert.False(MusicIds.IsGrid(Grid[..i] + other + Grid[(i + 1)..]));
        }
    }

    [Theory]
    [InlineData("a/b/c.mp3", true)]
    [InlineData("../c.mp3", false)]
    [InlineData("a/../c.mp3", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("a\\b", false)]
    [InlineData("C:x", false)]
    [InlineData("a//b", false)]
    [InlineData("a/./b", false)]
    [InlineData("a\0b", false)]
    public void Paths(string path, bool plain) => Assert.Equal(plain, MusicPath.IsPlain(path));
}
