namespace DrmHub.Vault.Audit;

/// <summary>Bytes that should be an entry, a note, a tile or an export are not.</summary>
public sealed class AuditFormatException : Exception
{
    public AuditFormatException()
    {
    }

    public AuditFormatException(string message)
        : base(message)
    {
    }

    public AuditFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
