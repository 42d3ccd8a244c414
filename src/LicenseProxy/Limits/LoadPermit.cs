using DrmHub.Cenc;

namespace DrmHub.LicenseProxy.Limits;

/// <summary>A place among the requests in work, until it is disposed; or a refusal.</summary>
internal sealed class LoadPermit : IDisposable
{
    /// <summary>For a node that bounds nothing.</summary>
    public static readonly LoadPermit Unbounded = new(null, null);

    private LoadShedder? _owner;

    private LoadPermit(LoadShedder? owner, Refusal? refusal)
    {
        _owner = owner;
        Refusal = refusal;
    }

    /// <summary>Null where there is a place.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Whether more than half of the queue was taken when this request's turn came.</summary>
    public bool IsBusy { get; private init; }

    /// <summary>What a new playback gets at most; null means no such limit.</summary>
    public TrackType? MaxTrack { get; set; }

    public static LoadPermit Of(LoadShedder owner, bool isBusy) => new(owner, null) { IsBusy = isBusy };

    public static LoadPermit Refused(Refusal refusal) => new(null, refusal);

    /// <summary>Gives the place to whoever is next, once.</summary>
    public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Leave();
}
