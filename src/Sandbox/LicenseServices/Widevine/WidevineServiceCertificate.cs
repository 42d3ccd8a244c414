using DrmHub.Sandbox.Identities;
using DrmHub.Sandbox.Wire;
using Fields = DrmHub.Sandbox.Wire.WidevineFields;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary>The certificate that devices encrypt their client id for.</summary>
internal static class WidevineServiceCertificate
{
    public const string ProviderId = "sandbox.drmhub";

    public static readonly byte[] Serial = [.. "drmhub-service-1"u8];

    private static readonly Lazy<byte[]> Signed = new(Create);

    /// <summary>A SignedMessage of type SERVICE_CERTIFICATE.</summary>
    public static byte[] Answer => new ProtoBuilder()
        .Varint(Fields.SignedMessage.Type, (ulong)Fields.SignedMessage.TypeServiceCertificate)
        .Bytes(Fields.SignedMessage.Msg, Signed.Value)
        .ToArray();

    private static byte[] Create()
    {
        using var root = SandboxIdentities.WidevineRoot();
        using var service = SandboxIdentities.WidevineService();
        return new WidevineCertificate
        {
            Type = Fields.Certificate.TypeService,
            Serial = Serial,
            CreatedSeconds = 1_700_000_000,
            PublicKey = service.ExportRSAPublicKey(),
            ProviderId = ProviderId,
        }.Sign(root);
    }
}
