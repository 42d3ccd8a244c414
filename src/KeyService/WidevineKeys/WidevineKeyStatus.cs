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
    public const string PolicyUnknown = "POLICY_UNKNOWN";
    public const string InvalidWidevinePssh = "INVALID_WIDEVINE_PSSH";
    public const string TooManyContentSpecifiers = "TOO_MANY_CONTENT_SPECIFIERS";
    public const string AssetNotFound = "ASSET_NOT_FOUND";
    public const string AssetMissingKey = "ASSET_MISSING_KEY";
    public const string ContentIdMismatch = "CONTENT_ID_MISMATCH";
    public const string KeyIdMismatch = "KEY_ID_MISMATCH";
    public const string InvalidGroupTrackType = "INVALID_GROUP_TRACK_TYPE";
    public const string KeyRotationWithUnsupportedDrmType = "KEY_ROTATION_WITH_UNSUPPORTED_DRM_TYPE";
    public const string NoRequestedCryptoPeriods = "NO_REQUESTED_CRYPTO_PERIODS";
}
