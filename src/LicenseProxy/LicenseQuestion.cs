using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What a player's challenge asks for, whatever the DRM system.</summary>
/// <param name="KeyIds">At least one, without repetitions.</param>
/// <param name="Level">The device's level as far as it is proven.</param>
public sealed record LicenseQuestion(DrmSystem System, IReadOnlyList<KeyId> KeyIds, SecurityLevel Level, ContentUse Use);

/// <summary>A challenge that cannot be read. The message goes to the player.</summary>
public sealed class ChallengeException(string reason, string message) : Exception(message)
{
    /// <summary><c>challenge.malformed</c> or <c>challenge.unsupported</c>.</summary>
    public string Reason { get; } = reason;
}
