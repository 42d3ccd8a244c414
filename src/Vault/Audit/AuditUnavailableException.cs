namespace DrmHub.Vault.Audit;

/// <summary>The entry is not durable, so nothing may be granted: reason code <c>audit.unavailable</c>.</summary>
public sealed class AuditUnavailableException : Exception
{
    public AuditUnavailableException()
    {
    }

    public AuditUnavailableException(string message)
        : base(message)
    {
    }

    public AuditUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
