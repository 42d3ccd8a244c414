using System.Security.Cryptography;
using Fields = DrmHub.Sandbox.Wire.WidevineFields.Certificate;

namespace DrmHub.Sandbox.Wire;

/// <summary>
/// A device's or a service's certificate (DrmCertificate inside SignedDrmCertificate), signed with RSA-PSS and SHA-1. The real chains
/// end in Google's root and pass through a certificate of the device model; the sandbox's root signs both kinds directly.
/// </summary>
internal sealed record WidevineCertificate
{
    public required int Type { get; init; }

    public required byte[] Serial { get; init; }

    public required long CreatedSeconds { get; init; }

    /// <summary>PKCS #1, DER.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>The device model: what a service knows the security level by.</summary>
    public uint? SystemId { get; init; }

    /// <summary>The service that client ids are encrypted for.</summary>
    public string? ProviderId { get; init; }

    public byte[] Sign(RSA root)
    {
        var certificate = new ProtoBuilder()
            .Varint(Fields.Type, (ulong)Type).Bytes(Fields.Serial, Serial).Varint(Fields.Created, CreatedSeconds).Bytes(Fields.PublicKey, PublicKey)
            .Varint(Fields.SystemId, SystemId).Text(Fields.ProviderId, ProviderId).ToArray();
        return new ProtoBuilder()
            .Bytes(Fields.SignedCertificate, certificate)
            .Bytes(Fields.SignedSignature, root.SignData(certificate, HashAlgorithmName.SHA1, RSASignaturePadding.Pss))
            .ToArray();
    }

    /// <exception cref="SandboxException">Not a certificate, not signed by the sandbox's root, or of another type.</exception>
    public static WidevineCertificate Verify(ReadOnlyMemory<byte> signed, RSA root, int type)
    {
        var outer = ProtoMessage.Parse(signed, "SignedDrmCertificate");
        var bytes = outer.Need(Fields.SignedCertificate, "the certificate");
        if (!root.VerifyData(bytes.Span, outer.Need(Fields.SignedSignature, "the signature").Span, HashAlgorithmName.SHA1, RSASignaturePadding.Pss))
            throw new SandboxException(SandboxFailure.Certificate, "The certificate is not signed by the sandbox's root.");
        var inner = ProtoMessage.Parse(bytes, "DrmCertificate");
        var certificate = new WidevineCertificate
        {
            Type = inner.Int(Fields.Type) ?? 0,
            Serial = inner.Need(Fields.Serial, "the serial number").ToArray(),
            CreatedSeconds = inner.Int(Fields.Created) ?? 0,
            PublicKey = inner.Need(Fields.PublicKey, "the public key").ToArray(),
            SystemId = (uint?)inner.Int(Fields.SystemId),
            ProviderId = inner.Text(Fields.ProviderId),
        };
        return certificate.Type == type ? certificate : throw new SandboxException(SandboxFailure.Certificate, "The certificate is of another type.");
    }

    /// <exception cref="SandboxException">The certificate holds no RSA key.</exception>
    public RSA OpenPublicKey()
    {
        var key = RSA.Create();
        try
        {
            key.ImportRSAPublicKey(PublicKey, out _);
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            throw new SandboxException(SandboxFailure.Certificate, "The certificate holds no RSA key.");
        }
    }
}
