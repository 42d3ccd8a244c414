using DrmHub.Music.Catalogue;

namespace DrmHub.Music.Ddex;

/// <summary>A message as it was read, whatever the version of the standard.</summary>
internal sealed record ErnMessage
{
    public required string Version { get; init; }

    public required string MessageId { get; init; }

    /// <summary>Party id of who sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>Party id of whose catalogue it is: on whose behalf it was sent, or the sender.</summary>
    public required string Licensor { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required bool IsTest { get; init; }

    /// <summary>The release to forget; null in a NewReleaseMessage.</summary>
    public ErnReleaseId? Purged { get; init; }

    public IReadOnlyDictionary<string, ErnParty> Parties { get; init; } = new Dictionary<string, ErnParty>();

    public IReadOnlyList<ErnRecording> Recordings { get; init; } = [];

    /// <summary>References of resources that are no sound: images, texts, videos.</summary>
    public IReadOnlySet<string> Others { get; init; } = new HashSet<string>();

    /// <summary>Name of the cover file.</summary>
    public string? Artwork { get; init; }

    public ErnRelease Main { get; init; } = ErnRelease.None;

    public IReadOnlyList<ErnRelease> Tracks { get; init; } = [];

    public IReadOnlyList<ErnDeal> Deals { get; init; } = [];
}

internal sealed record ErnParty(string Reference, IReadOnlyList<LocalText> Names, string? Isni, string? PartyId, IReadOnlyList<string> ProprietaryIds);

/// <summary>An artist on a display: by reference (4.x) or by name (3.8).</summary>
internal sealed record ErnArtist(int Line, string? PartyReference, IReadOnlyList<LocalText> Names, string Role);

internal sealed record ErnRecording
{
    public required int Line { get; init; }

    public required string Reference { get; init; }

    public string? Isrc { get; init; }

    public IReadOnlyList<string> ProprietaryIds { get; init; } = [];

    public IReadOnlyList<LocalText> Titles { get; init; } = [];

    public IReadOnlyList<LocalText> Subtitles { get; init; } = [];

    public IReadOnlyList<LocalText> DisplayArtists { get; init; } = [];

    public IReadOnlyList<ErnArtist> Artists { get; init; } = [];

    public IReadOnlyList<ErnArtist> Contributors { get; init; } = [];

    public long? DurationMs { get; init; }

    public IReadOnlyList<string> Languages { get; init; } = [];

    public ParentalWarning ParentalWarning { get; init; }

    public bool Hidden { get; init; }

    public bool NoCrossfade { get; init; }

    public string? PLine { get; init; }

    public IReadOnlyList<string> Ragas { get; init; } = [];

    public IReadOnlyList<string> Talas { get; init; } = [];

    public IReadOnlyList<string> Deities { get; init; } = [];
}

internal sealed record ErnReleaseId(string? Grid, string? Icpn, IReadOnlyList<string> ProprietaryIds, string? CatalogNumber, string? Isrc)
{
    public static readonly ErnReleaseId None = new(null, null, [], null, null);

    public bool IsEmpty => Grid is null && Icpn is null && Isrc is null && ProprietaryIds.Count == 0;

    /// <summary>What the sender's further messages will call it by.</summary>
    public string Key => Grid is not null ? "grid:" + Grid : Icpn is not null ? "icpn:" + MusicIds.PadGtin(Icpn) : ProprietaryIds.Count > 0 ? "own:" + ProprietaryIds[0] : "isrc:" + Isrc;
}

/// <summary>A place on a release.</summary>
internal sealed record ErnItem(int Line, int Disc, int Number, string Resource, bool IsBonus);

internal sealed record ErnRelease
{
    public static readonly ErnRelease None = new() { Line = 0, Reference = "", Id = ErnReleaseId.None };

    public required int Line { get; init; }

    public required string Reference { get; init; }

    public required ErnReleaseId Id { get; init; }

    public string Type { get; init; } = "";

    public IReadOnlyList<LocalText> Titles { get; init; } = [];

    public IReadOnlyList<LocalText> Subtitles { get; init; } = [];

    public IReadOnlyList<LocalText> DisplayArtists { get; init; } = [];

    public IReadOnlyList<ErnArtist> Artists { get; init; } = [];

    public string? LabelReference { get; init; }

    /// <summary>For 3.8, which has no parties.</summary>
    public string? LabelName { get; init; }

    public string? PLine { get; init; }

    public string? CLine { get; init; }

    public DateOnly? ReleaseDate { get; init; }

    public DateOnly? OriginalReleaseDate { get; init; }

    public IReadOnlyList<string> Genres { get; init; } = [];

    public ParentalWarning ParentalWarning { get; init; }

    public IReadOnlyList<ErnItem> Items { get; init; } = [];

    public IReadOnlyList<string> Ragas { get; init; } = [];

    public IReadOnlyList<string> Talas { get; init; } = [];

    public IReadOnlyList<string> Deities { get; init; } = [];
}

/// <summary>A moment as a message says it: with an offset it is one instant, without one it is local time in each territory.</summary>
internal readonly record struct ErnMoment(DateTime Time, TimeSpan? Offset);

internal readonly record struct ErnPeriod(ErnMoment? Start, ErnMoment? End);

/// <summary>The terms of one deal and the releases that it is for.</summary>
internal sealed record ErnDeal
{
    public required int Line { get; init; }

    public required IReadOnlyList<string> Releases { get; init; }

    /// <summary>ISO codes, or empty for worldwide.</summary>
    public IReadOnlyList<string> Territories { get; init; } = [];

    public IReadOnlyList<string> Excluded { get; init; } = [];

    public IReadOnlyList<ErnPeriod> Periods { get; init; } = [];

    public IReadOnlyList<string> Models { get; init; } = [];

    public IReadOnlyList<string> Uses { get; init; } = [];

    public bool IsPreOrder { get; init; }

    /// <summary>Resources that a pre-order delivers at once.</summary>
    public IReadOnlyList<string> InstantGratification { get; init; } = [];

    /// <summary>3.8: the release goes, in the territories of the deal, from its start on.</summary>
    public bool TakeDown { get; init; }

    /// <summary>DPIDs of the channels that the deal is for, or not for.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    public IReadOnlyList<string> ChannelsExcluded { get; init; } = [];

    /// <summary>Why the deal grants nothing here although it is well formed; null where it does.</summary>
    public string? Held { get; init; }
}
