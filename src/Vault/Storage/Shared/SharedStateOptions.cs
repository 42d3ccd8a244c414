namespace DrmHub.Vault.Storage.Shared;

/// <summary>Where nodes share state. Configuration section <c>Shared</c>.</summary>
public sealed class SharedStateOptions
{
    /// <summary>StackExchange.Redis connection string with every node of the server; empty means in this process, for a single node.</summary>
    public string? Redis { get; init; }

    /// <summary>What the names of keys in Redis start with. Default <c>drmhub:</c>.</summary>
    public string Prefix { get; init; } = "drmhub:";

    /// <summary>Longest wait for Redis, 10 ms to 5 s. Default 250 ms.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Stream slots while Redis is away. Default: granted, because a broken counter should not stop who has paid.</summary>
    public FailureMode SlotsOnFailure { get; init; } = FailureMode.Open;

    /// <summary>Single-use tokens while Redis is away. Default: refused, because they exist to stop replays.</summary>
    public FailureMode TokensOnFailure { get; init; } = FailureMode.Closed;

    /// <summary>Rate limits while Redis is away. Default: granted.</summary>
    public FailureMode RatesOnFailure { get; init; } = FailureMode.Open;

    /// <exception cref="ArgumentException">Options are outside their ranges: the message lists all of them.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Timeout < TimeSpan.FromMilliseconds(10) || Timeout > TimeSpan.FromSeconds(5)) errors.Add("Timeout is 10 ms to 5 s.");
        if (Prefix.Length > 64) errors.Add("Prefix is up to 64 characters.");
        if (!Enum.IsDefined(SlotsOnFailure) || !Enum.IsDefined(TokensOnFailure) || !Enum.IsDefined(RatesOnFailure)) errors.Add("A failure mode is Open or Closed.");
        if (errors.Count > 0) throw new ArgumentException("Shared options: " + string.Join(" ", errors));
    }
}

/// <summary>What is answered while the store is away.</summary>
public enum FailureMode
{
    Open,
    Closed,
}
