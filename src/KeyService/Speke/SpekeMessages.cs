namespace DrmHub.KeyService.Speke;

/// <summary>The error texts of SPEKE v2, to the letter (SPEKE API v2.0 and v2.1, "Customizations and constraints").</summary>
public static class SpekeMessages
{
    public const string MissingContentId = "Missing CPIX@contentId";
    public const string MissingVersion = "Missing CPIX@version";
    public const string UnsupportedVersion = "Unsupported CPIX@version";
    public const string SchemeCombination = "Non compliant ContentKey@commonEncryptionScheme combination";
    public const string UnsupportedSpekeVersion = "Unsupported SPEKE version";
    public const string Malformed = "Malformed encryption contract";
    public const string NotSupported = "Requested CPIX encryption contract not supported";
    public const string MissingContract = "Missing CPIX encryption contract";

    /// <param name="kid">The key id as the request writes it.</param>
    public static string MissingScheme(string kid) => $"Missing ContentKey@commonEncryptionScheme for KID {kid}";

    /// <param name="systemId">The system id as the request writes it.</param>
    public static string IncompatibleScheme(string systemId) => $"ContentKey@commonEncryptionScheme non compatible with DRMSystem {systemId}";
}
