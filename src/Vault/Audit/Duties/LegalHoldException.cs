namespace DrmHub.Vault.Audit;

/// <summary>A legal hold forbids what was asked.</summary>
public sealed class LegalHoldException : Exception
{
    public LegalHoldException()
    {
    }

    public LegalHoldException(string message)
        : base(message)
    {
    }

    public LegalHoldException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
