using DrmHub.Vault.Audit.Tiles;
using FsCheck.Xunit;

namespace DrmHub.Vault.Tests.Audit;

public sealed class TilePathTests
{
    [Theory]
    [InlineData("0/000", 0, 0L, 256)]
    [InlineData("0/007", 0, 7L, 256)]
    [InlineData("0/999", 0, 999L, 256)]
    [InlineData("1/x001/000.p/17", 1, 1000L, 17)]
    [InlineData("3/x001/x000/000", 3, 1_000_000L, 256)]
    [InlineData("63/x001/x234/067.p/255", 63, 1_234_067L, 255)]
    [InlineData("0/x036/x028/x797/x018/x963/968", 0, 1L << 55, 256)]
    [InlineData("entries/x123/x456/789.p/1", null, 123_456_789L, 1)]
    public void Paths_are_read_and_written_alike(string text, int? level, long index, int width)
    {
        Assert.True(TilePath.TryParse(text, out var path));
        Assert.Equal(new TilePath(level, index, width), path);
        Assert.Equal(text, path.ToString());
    }

    [Theory]
    [InlineData("0/x000/007")]
    [InlineData("0/7")]
    [InlineData("0/0007")]
    [InlineData("0/000.p/0")]
    [InlineData("0/000.p/256")]
    [InlineData("0/000.p/01")]
    [InlineData("64/000")]
    [InlineData("00/000")]
    [InlineData("-1/000")]
    [InlineData("0/")]
    [InlineData("0")]
    [InlineData("/000")]
    [InlineData("0/001/000")]
    [InlineData("0/x001/x000")]
    [InlineData("0/000.p/1/")]
    [InlineData("entries/٠٠٠")]
    [InlineData("0/x999/x999/x999/x999/x999/x999/x999/999")]
    [InlineData(null)]
    public void Other_spellings_are_refused(string? text) => Assert.False(TilePath.TryParse(text, out _));

    [Property(MaxTest = 300)]
    public bool Any_index_survives(long index, byte level)
    {
        var path = new TilePath(level % 64, index & long.MaxValue >> 8, 1 + level);
        return TilePath.TryParse(path.ToString(), out var read) && read == path;
    }

    [Property(MaxTest = 300)]
    public bool No_text_throws(string text) => !TilePath.TryParse(text, out var path) || path.ToString() == text;
}
