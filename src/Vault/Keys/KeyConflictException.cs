using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>A packager chose a key id that is in use for something else. Nothing of its request was created.</summary>
public sealed class KeyConflictException : Exception
{
    public KeyConflictException()
    {
    }

    public KeyConflictException(string message)
        : base(message)
    {
    }

    public KeyConflictException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="keyId">The key id that is taken.</param>
    /// <param name="differences">What differs, of <c>content id</c>, <c>track</c>, <c>scheme</c> and <c>crypto period</c>; at least one.</param>
    public KeyConflictException(KeyId keyId, IReadOnlyList<string> differences)
        : base($"Key id {keyId} is in use with another {string.Join(" and ", differences)}.")
    {
        KeyId = keyId;
        Differences = differences;
    }

    public KeyId KeyId { get; }

    public IReadOnlyList<string> Differences { get; } = [];
}
