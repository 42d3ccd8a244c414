namespace DrmHub.Vault.Storage.Shared;

/// <summary>A stream that wants to run, or to go on running.</summary>
/// <param name="Account">Whose streams are counted.</param>
/// <param name="Session">The stream: holds at most one slot.</param>
/// <param name="Limit">Streams of the account, 1 to <see cref="MaxLimit"/>. A stream that holds a slot keeps it though the limit sank.</param>
/// <param name="Lifetime">A slot that is not renewed within it is free again.</param>
public sealed record SlotRequest(string Account, string Session, int Limit, TimeSpan Lifetime)
{
    /// <summary>Also what stands for "no limit": more streams than a person can watch.</summary>
    public const int MaxLimit = 1000;

    public const int MaxData = 8192;

    /// <summary>Streams of one group (a deal) are counted apart as well; null where they are not.</summary>
    public string? Group { get; init; }

    /// <summary>Streams of the group, 1 to <see cref="MaxLimit"/>.</summary>
    public int GroupLimit { get; init; } = MaxLimit;

    /// <summary>Where no slot is free: the stream that began first loses its slot, instead of this one being refused.</summary>
    public bool StopOldest { get; init; }

    /// <summary>Up to <see cref="MaxData"/> characters that a renewal gives back.</summary>
    public string Data { get; init; } = "";

    internal void Check()
    {
        SharedNames.Check(Account);
        SharedNames.Check(Session);
        if (Group is not null) SharedNames.Check(Group);
        if (Group?.Contains('|', StringComparison.Ordinal) == true) throw new ArgumentException("A group has no '|'.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Limit, MaxLimit);
        ArgumentOutOfRangeException.ThrowIfLessThan(GroupLimit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(GroupLimit, MaxLimit);
        if (Data.Length > MaxData) throw new ArgumentException($"Data is up to {MaxData} characters.");
        SharedNames.CheckLifetime(Lifetime);
    }
}

/// <summary>What became of a <see cref="SlotRequest"/>.</summary>
public enum SlotResult
{
    /// <summary>All slots are taken, or this stream was stopped for a newer one.</summary>
    Refused,

    /// <summary>It held the slot before.</summary>
    Kept,

    Taken,

    /// <summary>Taken from the stream that began first.</summary>
    TakenFromOldest,
}

public readonly record struct SlotAnswer(SlotResult Result, SharedAnswerSource Source)
{
    public bool IsGranted => Result != SlotResult.Refused;

    /// <summary>Whether this request took it: a caller that then fails gives it back.</summary>
    public bool IsNew => Result is SlotResult.Taken or SlotResult.TakenFromOldest;

    public bool IsDegraded => Source != SharedAnswerSource.Store;
}

/// <summary>How a stream stands.</summary>
public enum SlotState
{
    /// <summary>It holds no slot: it never did, gave it back, or let it lapse.</summary>
    Unknown,

    Held,

    /// <summary>A newer stream took its slot.</summary>
    Stopped,
}

/// <param name="Data">What came with the request that took the slot; empty where it is not known.</param>
public readonly record struct SlotStatus(SlotState State, string Data, SharedAnswerSource Source)
{
    public bool IsDegraded => Source != SharedAnswerSource.Store;
}
