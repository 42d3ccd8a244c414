using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What is the same for every deal that a request is weighed under.</summary>
internal readonly ref struct Asked(DecisionRequest request, DevicePolicy policy)
{
    public DecisionRequest Request { get; } = request;

    public DevicePolicy Policy { get; } = policy;

    public SecurityLevel Level { get; } = request.Level;

    public ContentUse Use { get; } = request.Use;

    public long NowMs { get; } = request.NowMs;

    /// <summary>The country as <see cref="CountrySet"/> knows it.</summary>
    public int Country { get; } = CountrySet.IndexOf(request.Country);

    /// <summary>The highest picture that the token and the load of the node allow.</summary>
    public TrackType MaxTrack { get; } = Lower(request.TokenMaxTrack ?? TrackType.UHD2, request.BusyMaxTrack ?? TrackType.UHD2);

    /// <summary>The highest picture of the level where the deal says nothing.</summary>
    public long PolicyCap { get; } = CapFor(request.Level, policy);

    private static long CapFor(SecurityLevel level, DevicePolicy policy)
    {
        long cap = 0;
        for (var each = SecurityLevel.None; each <= level; each++) cap = Math.Max(cap, policy.CapFor(each));
        return cap;
    }

    private static TrackType Lower(TrackType left, TrackType right) => left < right ? left : right;
}
