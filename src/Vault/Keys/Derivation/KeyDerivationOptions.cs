namespace DrmHub.Vault.Keys.Derivation;

/// <summary>
/// A rule under which new keys are derived from a secret instead of drawn at random, so that a lost database can be rebuilt from
/// the secret and the content ids. Configuration section <c>Vault:Derivation</c>, a list; the first rule that fits counts.
/// </summary>
public sealed class KeyDerivationOptions
{
    public const int MinSecretSize = 30;

    /// <summary>A content id, or the start of one and <c>*</c>; <c>*</c> alone fits all.</summary>
    public string Pattern { get; init; } = "";

    public KeyDerivationKind Kind { get; init; } = KeyDerivationKind.Hkdf;

    /// <summary>A file that its owner alone can read, with the secret in base64; 30 bytes or more (a PlayReady key seed has 30).</summary>
    public string? SecretFile { get; init; }

    /// <summary>The secret in base64, where the configuration itself is secret (an environment variable).</summary>
    public string? Secret { get; init; }

    internal void Check(List<string> errors)
    {
        var star = Pattern.IndexOf('*', StringComparison.Ordinal);
        if (Pattern.Length == 0 || (star >= 0 && star != Pattern.Length - 1)) errors.Add("Derivation:Pattern is a content id, or its start and *.");
        if (!Enum.IsDefined(Kind)) errors.Add("Derivation:Kind is Hkdf or PlayReadySeed.");
        if (SecretFile is null == (Secret is null)) errors.Add("Derivation has either SecretFile or Secret.");
    }
}

public enum KeyDerivationKind
{
    /// <summary>HKDF with SHA-256 (RFC 5869) over the key id.</summary>
    Hkdf,

    /// <summary>PlayReady's key seed, for packagers and licence services that hold the same seed.</summary>
    PlayReadySeed,
}
