using System.Text.Json.Serialization;

namespace DrmHub.Music.Usage;

/// <summary>A play, as a player reports it: at its start, after 30 s, at its end, or late from a device that was offline.</summary>
public sealed record PlayReport
{
    /// <summary>The player's own id of this play, 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>; the same id again is the same play.</summary>
    public string Id { get; init; } = "";

    /// <summary>The content id of the recording or episode.</summary>
    public string Content { get; init; } = "";

    /// <summary>By the player's clock.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>Heard so far.</summary>
    public long PlayedMs { get; init; }

    public bool Completed { get; init; }

    /// <summary>Played from a download.</summary>
    public bool Offline { get; init; }

    /// <summary>The release that it was heard from.</summary>
    public string? Release { get; init; }

    /// <summary><c>low</c>, <c>high</c> or <c>lossless</c>.</summary>
    public string? Quality { get; init; }
}

/// <summary>Plays together.</summary>
public sealed record PlayBatch(IReadOnlyList<PlayReport> Plays);

[JsonConverter(typeof(JsonStringEnumConverter<PlayResult>))]
public enum PlayResult
{
    Added,
    Extended,

    /// <summary>The same play again, with nothing new.</summary>
    Duplicate,

    /// <summary>Stored, and not reported: no licence was found under which it could have been heard.</summary>
    Unlicensed,

    /// <summary>Not stored; <see cref="PlayAnswer.Problem"/> says why.</summary>
    Refused,
}

/// <summary>What became of one play.</summary>
public sealed record PlayAnswer(string Id, PlayResult Result, string? Problem = null);
