namespace DrmHub.Host.Load;

/// <summary>What a player does.</summary>
internal enum LoadAct
{
    /// <summary>The first licence.</summary>
    Join,

    /// <summary>The licence again.</summary>
    Renew,
    Heartbeat,

    /// <summary>Ends its session.</summary>
    Leave,
}

/// <summary>How one request ended.</summary>
/// <param name="Reason">The reason code of a refusal, or what failed; null where it was granted.</param>
/// <param name="IsError">The hub failed, where a refusal is an answer.</param>
internal sealed record LoadAnswer(string? Reason, bool IsError)
{
    public static readonly LoadAnswer Granted = new(null, false);
}
