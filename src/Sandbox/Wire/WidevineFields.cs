namespace DrmHub.Sandbox.Wire;

/// <summary>
/// Field numbers and values of the Widevine messages that cross a licence proxy: facts of public documents, named as they are
/// there. What stands inside a licence (<see cref="License"/>, <see cref="KeyContainer"/>, <see cref="Policy"/>) is read by devices only.
/// </summary>
internal static class WidevineFields
{
    public static class SignedMessage
    {
        public const int Type = 1, Msg = 2, Signature = 3, SessionKey = 4;
        public const int TypeLicenseRequest = 1, TypeLicense = 2, TypeServiceCertificateRequest = 4, TypeServiceCertificate = 5;
    }

    public static class LicenseRequest
    {
        public const int ClientId = 1, ContentId = 2, Type = 3, RequestTime = 4, ProtocolVersion = 6, KeyControlNonce = 7, EncryptedClientId = 8;
        public const int TypeNew = 1, TypeRenewal = 2, TypeRelease = 3;
        public const int ContentPssh = 1, ContentWebm = 2, ContentExisting = 3;
    }

    public static class PsshContent
    {
        public const int PsshData = 1, LicenseType = 2, RequestId = 3;
        public const int Streaming = 1, Offline = 2, Automatic = 3;
    }

    public static class PsshData
    {
        public const int Type = 11, EntitledKey = 14;
        public const int TypeEntitlement = 1, TypeEntitledKey = 2;
    }

    public static class EntitledKey
    {
        public const int EntitlementKeyId = 1, KeyId = 2, Key = 3, Iv = 4;
    }

    public static class ExistingLicense
    {
        public const int LicenseId = 1, SecondsSinceStarted = 2, SecondsSinceLastPlayed = 3;
    }

    public static class LicenseId
    {
        public const int RequestId = 1, SessionId = 2, PurchaseId = 3, Type = 4, Version = 5, ProviderSessionToken = 6;
    }

    public static class ClientId
    {
        public const int Type = 1, Token = 2, Info = 3, ProviderClientToken = 4, LicenseCounter = 5, Capabilities = 6;
        public const int TypeDeviceCertificate = 1;
        public const int InfoName = 1, InfoValue = 2;
        public const int MaxHdcpVersion = 4, OemCryptoApiVersion = 5, ResourceRatingTier = 12;
    }

    public static class EncryptedClientId
    {
        public const int ProviderId = 1, CertificateSerial = 2, Data = 3, Iv = 4, PrivacyKey = 5;
    }

    public static class License
    {
        public const int Id = 1, Policy = 2, Key = 3, StartTime = 4;
    }

    public static class Policy
    {
        public const int CanPlay = 1, CanPersist = 2, CanRenew = 3, RentalSeconds = 4, PlaybackSeconds = 5, LicenseSeconds = 6, RenewalRecoverySeconds = 7,
            RenewalServerUrl = 8, RenewalDelaySeconds = 9, RenewalRetrySeconds = 10, RenewWithUsage = 11, AlwaysIncludeClientId = 12;
    }

    public static class KeyContainer
    {
        public const int Id = 1, Iv = 2, Key = 3, Type = 4, Level = 5, RequiredProtection = 6, TrackLabel = 12;
        public const int TypeSigning = 1, TypeContent = 2, TypeEntitlement = 5;
        public const int ProtectionHdcp = 1;
    }

    public static class Certificate
    {
        public const int Type = 1, Serial = 2, Created = 3, PublicKey = 4, SystemId = 5, ProviderId = 7;
        public const int TypeDevice = 2, TypeService = 3;
        public const int SignedCertificate = 1, SignedSignature = 2;
    }
}
