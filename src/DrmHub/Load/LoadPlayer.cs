namespace DrmHub.Host.Load;

/// <summary>One simulated player: where it asks, with which token and device, and what it learned.</summary>
internal sealed class LoadPlayer(int number, Uri target, string kind, Func<string> makeToken)
{
    private string? _token;

    public int Number => number;

    public Uri Target => target;

    public string Kind => kind;

    /// <summary>Made when the player first asks: a million signatures at the start would delay it.</summary>
    public string Token => _token ??= makeToken();

    /// <summary>What the hub calls this playback; null where it counts no streams, and before the licence.</summary>
    public string? Session { get; set; }

    /// <summary>As the hub asks for.</summary>
    public TimeSpan? Heartbeat { get; set; }

    /// <summary>When it leaves, with or without a word; null for the end of the run.</summary>
    public TimeSpan? EndsAt { get; set; }

    /// <summary>Whether it has a licence and still plays.</summary>
    public bool IsPlaying { get; set; }
}
