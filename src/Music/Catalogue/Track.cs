namespace DrmHub.Music.Catalogue;

/// <summary>A place on a release, with the recording that is heard there.</summary>
public sealed record Track : CatalogueItem
{
    public string ReleaseId { get; init; } = "";

    public string RecordingId { get; init; } = "";

    /// <summary>From 1.</summary>
    public int Disc { get; init; } = 1;

    /// <summary>From 1 on each disc.</summary>
    public int Number { get; init; }

    /// <summary>Where they differ from the recording's.</summary>
    public IReadOnlyList<LocalText> Titles { get; init; } = [];

    public bool IsBonus { get; init; }

    internal override string Kind => "track";

    internal override string? Parent => ReleaseId;

    internal override long Position => (Disc * 100_000L) + Number;

    internal override IEnumerable<string> Links => [RecordingId];

    internal override void Check(ItemCheck check)
    {
        check.Id(ReleaseId, "releaseId");
        check.Id(RecordingId, "recordingId");
        check.Require(Disc is >= 1 and <= 1000, "disc is 1 to 1000.");
        check.Require(Number is >= 1 and <= 10_000, "number is 1 to 10000.");
        check.Texts(Titles, "titles", required: false);
    }
}
