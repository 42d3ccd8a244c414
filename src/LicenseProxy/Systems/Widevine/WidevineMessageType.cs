namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>SignedMessage, field 1.</summary>
internal enum WidevineMessageType
{
    LicenseRequest = 1,
    License = 2,
    ErrorResponse = 3,
    ServiceCertificateRequest = 4,
    ServiceCertificate = 5,
}
