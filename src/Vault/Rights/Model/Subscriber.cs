using System.Text.Json.Serialization;

namespace DrmHub.Vault.Rights;

public enum SubscriberStatus
{
    Active,

    /// <summary>Nothing is granted, whatever the plans say.</summary>
    Suspended,
}

/// <summary>Somebody who pays, or does not: plans with their time, purchases, rentals, and a status that stands above them.</summary>
public sealed record Subscriber
{
    public required string Id { get; init; }

    public SubscriberStatus Status { get; init; }

    public IReadOnlyList<Subscription> Subscriptions { get; init; } = [];

    public IReadOnlyList<Purchase> Purchases { get; init; } = [];

    public IReadOnlyList<Rental> Rentals { get; init; } = [];

    /// <summary>Devices that an operator registered or blocked, or that the player's first licence registered.</summary>
    public IReadOnlyList<Device> Devices { get; init; } = [];

    /// <summary>Streams at once, in the place of what the plans say; null means what the plans say.</summary>
    public int? MaxStreams { get; init; }

    /// <summary>Devices, in the place of what the plans say; null means what the plans say.</summary>
    public int? MaxDevices { get; init; }
}

public enum SubscriptionStatus
{
    Active,

    /// <summary>Counts for nothing until it is active again: not paid, or paused.</summary>
    Suspended,

    /// <summary>Ended for good, whatever its time says.</summary>
    Cancelled,
}

/// <summary>One plan of a subscriber, from (inclusive) until (exclusive) in UTC milliseconds; null leaves that side open. In JSON <c>from</c> and <c>until</c>, ISO 8601.</summary>
public sealed record Subscription(
    string Plan,
    [property: JsonPropertyName("from"), JsonConverter(typeof(UtcMilliseconds))] long? FromMs = null,
    [property: JsonPropertyName("until"), JsonConverter(typeof(UtcMilliseconds))] long? UntilMs = null,
    SubscriptionStatus Status = SubscriptionStatus.Active)
{
    public bool IsActiveAt(long nowMs) => Status == SubscriptionStatus.Active && !(nowMs < FromMs) && !(nowMs >= UntilMs);
}

/// <summary>Something bought for good: a title, or a collection with all that belongs to it.</summary>
public sealed record Purchase
{
    /// <summary>A content id; or null, with a <see cref="Collection"/>.</summary>
    public string? Content { get; init; }

    public string? Collection { get; init; }

    /// <summary>UTC milliseconds, inclusive; null means since ever. In JSON <c>from</c>.</summary>
    [JsonPropertyName("from"), JsonConverter(typeof(UtcMilliseconds))]
    public long? FromMs { get; init; }
}

/// <summary>Something lent for a time that the deal says.</summary>
public sealed record Rental
{
    /// <summary>A content id; or null, with a <see cref="Collection"/>.</summary>
    public string? Content { get; init; }

    public string? Collection { get; init; }

    /// <summary>When it was rented, in UTC milliseconds. In JSON <c>from</c>.</summary>
    [JsonPropertyName("from"), JsonConverter(typeof(UtcMilliseconds))]
    public required long? FromMs { get; init; }

    /// <summary>When it was first played, in UTC milliseconds; null means not yet. In JSON <c>firstPlay</c>.</summary>
    [JsonPropertyName("firstPlay"), JsonConverter(typeof(UtcMilliseconds))]
    public long? FirstPlayMs { get; init; }
}

/// <summary>A device of a subscriber.</summary>
public sealed record Device
{
    /// <summary>The id that the player's token or its challenge gives.</summary>
    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? Platform { get; init; }

    /// <summary>When it took a slot, in UTC milliseconds. In JSON <c>added</c>.</summary>
    [JsonPropertyName("added"), JsonConverter(typeof(UtcMilliseconds))]
    public long? AddedMs { get; init; }

    /// <summary>Gets no licence any more.</summary>
    public bool Revoked { get; init; }
}
