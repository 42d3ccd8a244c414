namespace DrmHub.Host.Tokens;

/// <summary>The roles that an operator's token may carry. Each is also the name of an authorization policy.</summary>
internal static class OperatorRoles
{
    public static readonly IReadOnlyList<string> All = ["keys.request", "keys.admin", "rights.read", "rights.write", "audit.read"];
}
