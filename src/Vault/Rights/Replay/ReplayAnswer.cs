using System.Text.Json.Serialization;

namespace DrmHub.Vault.Rights;

/// <summary>Which recorded requests are decided again, and under what.</summary>
public sealed record ReplayQuestion
{
    /// <summary>UTC milliseconds, inclusive. In JSON <c>from</c>.</summary>
    [JsonPropertyName("from"), JsonConverter(typeof(UtcMilliseconds))]
    public long? FromMs { get; init; }

    /// <summary>UTC milliseconds, exclusive. In JSON <c>until</c>.</summary>
    [JsonPropertyName("until"), JsonConverter(typeof(UtcMilliseconds))]
    public long? UntilMs { get; init; }

    /// <summary>Only requests for this content; null means all.</summary>
    public string? Content { get; init; }

    /// <summary>Only requests of this subscriber; null means all.</summary>
    public string? Subscriber { get; init; }

    public required RightsDraft Draft { get; init; }

    /// <summary>What stands for the rights of now: the draft is compared with this. Null: the rights of now as they are.</summary>
    public RightsDraft? Baseline { get; init; }

    /// <summary>Lines of <see cref="ReplayAnswer.Gains"/> and of <see cref="ReplayAnswer.Losses"/>, 0 to 10,000. Default 1000; the totals count all.</summary>
    public int Limit { get; init; } = 1000;
}

/// <summary>Who would gain and who would lose. The rights of now and the draft are asked the same; what was granted then stands beside it.</summary>
public sealed record ReplayAnswer
{
    /// <summary>Requests that were decided again.</summary>
    public required long Requests { get; init; }

    /// <summary>Entries that record no decision about content (a refused token, for example) and were passed over.</summary>
    public required long Skipped { get; init; }

    /// <summary>Requests that the rights of now decide in another way than was recorded: rights or subscribers have changed since.</summary>
    public required long ChangedSince { get; init; }

    /// <summary>Requests that would be granted a key more.</summary>
    public required long GainingRequests { get; init; }

    /// <summary>Requests that would be granted a key less.</summary>
    public required long LosingRequests { get; init; }

    /// <summary>Subscribers, by content and keys, who would gain.</summary>
    public required IReadOnlyList<ReplayChange> Gains { get; init; }

    public required IReadOnlyList<ReplayChange> Losses { get; init; }

    public required long GainsTotal { get; init; }

    public required long LossesTotal { get; init; }

    /// <summary>The hash of the rights that were drafted.</summary>
    public required string PolicyHash { get; init; }
}

/// <summary>What changes for one subscriber and one content.</summary>
public sealed record ReplayChange
{
    /// <summary>As in the audit log; null for entries that name nobody.</summary>
    public required string? Pseudonym { get; init; }

    /// <summary>The subscriber, where the hub still knows who it is.</summary>
    public string? Subscriber { get; init; }

    public required string Content { get; init; }

    /// <summary>Track types granted now, and under the draft.</summary>
    public required IReadOnlyList<string> Before { get; init; }

    public required IReadOnlyList<string> After { get; init; }

    /// <summary>The reason code where nothing is granted, of the last of the requests.</summary>
    public string? ReasonBefore { get; set; }

    public string? ReasonAfter { get; set; }

    /// <summary>How many requests of the range are so.</summary>
    public long Requests { get; set; }

    /// <summary>The last of them. In JSON ISO 8601.</summary>
    [JsonPropertyName("last"), JsonConverter(typeof(UtcMilliseconds))]
    public long? LastMs { get; set; }
}
