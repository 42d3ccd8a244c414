namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>
/// Values of <c>status</c>. OK is the service's own; the public documents name no others, so the rest are the sandbox's. The
/// <c>internal_status</c> numbers are those that operators have reported.
/// </summary>
internal static class WidevineStatus
{
    public const string Ok = "OK";
    public const string MalformedRequest = "MALFORMED_REQUEST";
    public const string UnknownProvider = "UNKNOWN_PROVIDER";
    public const string SignatureFailed = "SIGNATURE_FAILED";
    public const string InvalidChallenge = "INVALID_LICENSE_CHALLENGE";
    public const string InvalidPolicy = "INVALID_POLICY";
    public const string MissingKeys = "CONTENT_KEYS_MISSING";
    public const string InvalidPssh = "INVALID_PSSH";
    public const string DeviceRevoked = "DEVICE_REVOKED";

    public static int Internal(string status) => status switch
    {
        Ok => 0,
        InvalidChallenge => 106,
        DeviceRevoked => 127,
        InvalidPssh => 152,
        _ => 1,
    };
}

/// <summary>A request that the service refuses.</summary>
internal sealed class WidevineStatusException(string status, string message) : Exception(message)
{
    public string Status { get; } = status;
}
