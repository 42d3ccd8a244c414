namespace DrmHub.Vault.Rights;

public enum SubscriberStatus
{
    Active,

    /// <summary>Nothing is granted, whatever the plans say.</summary>
    Suspended,
}

/// <summary>Somebody who pays, or does not: plans with their time, and a status that stands above them.</summary>
public sealed record Subscriber
{
    public required string Id { get; init; }

    public SubscriberStatus Status { get; init; }

    public IReadOnlyList<Subscription> Subscriptions { get; init; } = [];
}

/// <summary>One plan of a subscriber, from (inclusive) until (exclusive) in UTC milliseconds; null leaves that side open.</summary>
public sealed record Subscription(string Plan, long? FromMs = null, long? UntilMs = null)
{
    public bool IsActiveAt(long nowMs) => !(nowMs < FromMs) && !(nowMs >= UntilMs);
}
