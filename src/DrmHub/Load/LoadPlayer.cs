namespace DrmHub.Host.Load;

/// <summary>One simulated player: where it asks, with which token and device, and what it learned.</summary>
/// <param name="targets">The hubs.</param>
/// <param name="first">The one of them that this player begins with.</param>
internal sealed class LoadPlayer(int number, IReadOnlyList<Uri> targets, int first, string kind, Func<string> makeToken)
{
    private int _target = first;
    private string? _token;

    public int Number => number;

    public Uri Target => targets[_target % targets.Count];

    /// <summary>How many hubs there are to try.</summary>
    public int Targets => targets.Count;

    /// <summary>Goes on with the next hub, as a load balancer does for a node that takes no connection.</summary>
    public void PassOver() => _target = (_target + 1) % targets.Count;

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
