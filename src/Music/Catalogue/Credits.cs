namespace DrmHub.Music.Catalogue;

/// <summary>Who stands on the cover: an artist of the catalogue, a name in several scripts, or both.</summary>
public sealed record ArtistCredit
{
    /// <summary>An artist of the catalogue.</summary>
    public string? ArtistId { get; init; }

    public IReadOnlyList<LocalText> Names { get; init; } = [];

    /// <summary>As DDEX calls it: <c>MainArtist</c>, <c>FeaturedArtist</c>, <c>Composer</c>.</summary>
    public string Role { get; init; } = "MainArtist";

    internal void Check(ItemCheck check, string name)
    {
        check.OptionalId(ArtistId, $"{name}.artistId");
        check.Texts(Names, $"{name}.names", required: ArtistId is null);
        check.Text(Role, $"{name}.role", 100);
    }
}

/// <summary>Who made it: a composer, a lyricist, a singer of the choir.</summary>
/// <param name="Name">As printed.</param>
/// <param name="Role">As DDEX calls it: <c>Composer</c>, <c>Lyricist</c>, <c>StudioProducer</c>.</param>
/// <param name="ArtistId">An artist of the catalogue, where there is one.</param>
/// <param name="Ipi">The interested party's number, 9 to 11 digits.</param>
public sealed record Contributor(string Name, string Role, string? ArtistId = null, string? Ipi = null)
{
    internal void Check(ItemCheck check, string field)
    {
        check.Text(Name, $"{field}.name");
        check.Text(Role, $"{field}.role", 100);
        check.OptionalId(ArtistId, $"{field}.artistId");
        check.Require(Ipi is null || (Ipi.Length is >= 9 and <= 11 && Ipi.All(char.IsAsciiDigit)), $"{field}.ipi is 9 to 11 digits.");
    }
}
