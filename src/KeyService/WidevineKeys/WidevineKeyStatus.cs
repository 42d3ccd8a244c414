namespace DrmHub.KeyService.WidevineKeys;

/// <summary>The statuses of the Widevine packager API that this server answers, spelt as on the wire.</summary>
internal static class WidevineKeyStatus
{
    public const string Ok = "OK";
    public const string SignatureFailed = "SIGNATURE_FAILED";
    public const string ContentIdMissing = "CONTENT_ID_MISSING";
    public const string TrackTypeMissing = "TRACK_TYPE_MISSING";
    public const string TrackTypeUnknown = "TRACK_TYPE_UNKNOWN";
    public const string MalformedRequest = "MALFORMED_REQUEST";
    public const string AccessDenied = "ACCESS_DENIED";
    public const string InternalError = "INTERNAL_ERROR";
}
