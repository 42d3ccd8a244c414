namespace DrmHub.Vault.Rights;

/// <summary>What is the same for every deal that a request is weighed under.</summary>
internal readonly ref struct Asked(DecisionRequest request, DevicePolicy policy)
{
    public DecisionRequest Request { get; } = request;

    public DevicePolicy Policy { get; } = policy;

    public SecurityLevel Level { get; } = request.Level;

    /// <summary>The highest picture of the level where the deal says nothing.</summary>
    public long PolicyCap { get; } = CapFor(request.Level, policy);

    private static long CapFor(SecurityLevel level, DevicePolicy policy)
    {
        long cap = 0;
        for (var each = SecurityLevel.None; each <= level; each++) cap = Math.Max(cap, policy.CapFor(each));
        return cap;
    }
}
