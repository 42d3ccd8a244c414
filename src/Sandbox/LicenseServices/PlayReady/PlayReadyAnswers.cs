using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using DrmHub.Sandbox.Identities;
using DrmHub.Sandbox.Wire;
using Microsoft.AspNetCore.Http;
using static DrmHub.Sandbox.Wire.PlayReadyNames;

namespace DrmHub.Sandbox.LicenseServices.PlayReady;

/// <summary>Writes what the PlayReady service answers: licences, acknowledgements, faults.</summary>
internal static class PlayReadyAnswers
{
    public static SandboxAnswer Licenses(PlayReadyRequest request, IReadOnlyList<PlayReadyPolicy> policies, bool wrongSignature)
    {
        using var service = SandboxIdentities.PlayReadyRoot();
        using var key = service.GetECDsaPrivateKey()!;
        var transaction = policies.Select(policy => policy.TransactionId).FirstOrDefault(id => id is not null);
        return Ok("AcquireLicense", new XElement(
            Protocols + "LicenseResponse",
            new XElement(Protocols + "Version", 1),
            new XElement(Protocols + "Licenses", policies.Select(policy => new XElement(Protocols + "License", Convert.ToBase64String(License(request, policy, key, wrongSignature))))),
            transaction is null ? null : new XElement(Protocols + "Acknowledgement", new XElement(Protocols + "TransactionID", transaction)),
            new XElement(Protocols + "LicenseNonce", Convert.ToBase64String(request.Nonce)),
            new XElement(Protocols + "ResponseID", Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))),
            new XElement(Protocols + "SigningCertificateChain", Convert.ToBase64String(service.RawData))));
    }

    public static SandboxAnswer Acknowledged() => Ok("AcknowledgeLicense", null);

    /// <summary>HTTP 500 with a SOAP fault.</summary>
    public static SandboxAnswer Fault(string code, string? customData)
    {
        var fault = new XElement(
            Soap + "Fault",
            new XElement("faultcode", "soap:Server"),
            new XElement("faultstring", $"System.Web.Services.Protocols.SoapException: {code}"),
            new XElement("faultactor", "http://localhost/sandbox/playready/rightsmanager.asmx"),
            new XElement("detail", new XElement(Messages + "Exception", new XElement(Messages + "StatusCode", code), customData is null ? null : new XElement(Messages + "CustomData", customData))));
        return Envelope(StatusCodes.Status500InternalServerError, fault);
    }

    private static byte[] License(PlayReadyRequest request, PlayReadyPolicy policy, ECDsa key, bool wrongSignature)
    {
        var (ephemeral, sealedKey) = request.SealForDevice(policy.Key);
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new PlayReadyLicense
            {
                KeyId = policy.KeyId.ToHex(),
                Ephemeral = ephemeral,
                SealedKey = sealedKey,
                Nonce = request.Nonce,
                ContentKeyType = policy.ContentKeyType,
                Rules = policy.Rules,
            },
            PlayReadyLicense.Json);
        var signature = key.SignData(content, HashAlgorithmName.SHA256);
        if (wrongSignature) signature[^1] ^= 1;
        return JsonSerializer.SerializeToUtf8Bytes(new SignedPlayReadyLicense(content, signature), PlayReadyLicense.Json);
    }

    private static SandboxAnswer Ok(string operation, XElement? response) => Envelope(
        StatusCodes.Status200OK,
        new XElement(Protocols + $"{operation}Response", new XElement(Protocols + $"{operation}Result", new XElement(Messages + "Response", response))));

    private static SandboxAnswer Envelope(int status, XElement body)
    {
        var envelope = new XElement(Soap + "Envelope", new XAttribute(XNamespace.Xmlns + "soap", Soap), new XElement(Soap + "Body", body));
        return new SandboxAnswer(status, PlayReadyNames.ContentType, Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"utf-8\"?>" + envelope.ToString(SaveOptions.DisableFormatting)));
    }
}
