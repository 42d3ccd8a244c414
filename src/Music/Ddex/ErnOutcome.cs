using System.Text.Json.Serialization;

namespace DrmHub.Music.Ddex;

/// <summary>What became of a message.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ErnResult>))]
public enum ErnResult
{
    /// <summary>The catalogue and the deals are what the message says.</summary>
    Imported,

    /// <summary>As imported; there are no deals any more.</summary>
    TakenDown,

    /// <summary>The release is forgotten.</summary>
    Purged,

    /// <summary>This very message was imported before: nothing changed.</summary>
    AlreadyImported,

    /// <summary>A message that the sender made later was imported before: nothing changed.</summary>
    Superseded,

    /// <summary>A test message, or a dry run: in order, and not stored.</summary>
    Checked,
}

/// <summary>The answer to a message.</summary>
public sealed record ErnOutcome
{
    public required ErnResult Result { get; init; }

    public required string MessageId { get; init; }

    public required string Sender { get; init; }

    /// <summary>The version of the standard: <c>4.3</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The release in the catalogue; null where nothing was stored.</summary>
    public string? ReleaseId { get; init; }

    public string? Title { get; init; }

    public int Recordings { get; init; }

    /// <summary>Ids of the deals that the release has now.</summary>
    public IReadOnlyList<string> Deals { get; init; } = [];

    /// <summary>Deals of the message that grant nothing here, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
