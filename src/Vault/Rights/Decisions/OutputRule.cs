namespace DrmHub.Vault.Rights;

/// <summary>What a licence says of one key's use.</summary>
/// <param name="Hdcp">The least copy protection of digital outputs.</param>
/// <param name="MinimumLevel">The lowest level at which this key would be granted: what an upstream that proves levels itself is to enforce.</param>
public sealed record OutputRule(HdcpVersion Hdcp, SecurityLevel MinimumLevel)
{
    public static readonly OutputRule None = new(HdcpVersion.None, SecurityLevel.None);
}
