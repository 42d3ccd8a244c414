namespace DrmHub.Vault.Audit;

/// <summary>An address that is told of every entry.</summary>
public sealed record WebhookOptions
{
    /// <summary>Names the cursor: a webhook keeps its place under this name.</summary>
    public required string Name { get; init; }

    public required Uri Url { get; init; }

    /// <summary>Signs each delivery: HMAC-SHA256 under its UTF-8 bytes.</summary>
    public required string Secret { get; init; }
}
