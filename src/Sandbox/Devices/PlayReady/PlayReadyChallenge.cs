using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.Sandbox.Identities;
using DrmHub.Sandbox.Wire;
using static DrmHub.Sandbox.Wire.PlayReadyNames;

namespace DrmHub.Sandbox.Devices.PlayReady;

/// <summary>A PlayReady licence request that waits for its answer.</summary>
internal sealed class PlayReadyChallenge : DeviceChallenge
{
    private const int HdcpFrom = 270;

    public required PlayReadyDevice Device { get; init; }

    public required byte[] Nonce { get; init; }

    public required LicenseWish Wish { get; init; }

    public required long NowMs { get; init; }

    public override OpenedLicense Open(ReadOnlyMemory<byte> answer)
    {
        var body = Parse(Encoding.UTF8.GetString(answer.Span)).Need(Soap + "Body");
        if (body.Element(Soap + "Fault") is { } fault) throw Refused(fault);
        var response = body.Need(Protocols + "AcquireLicenseResponse", Protocols + "AcquireLicenseResult", Messages + "Response", Protocols + "LicenseResponse");
        if (!CryptographicOperations.FixedTimeEquals(response.Need(Protocols + "LicenseNonce").Base64(), Nonce)) throw new SandboxException(SandboxFailure.Signature, "The response has the nonce of another request.");
        var licenses = response.Need(Protocols + "Licenses").Elements(Protocols + "License").Select(ReadLicense).ToList();
        if (licenses.Count == 0) throw SandboxException.Format("The response holds no licence.");
        if (Wish.Offline && licenses.Any(license => !license.Rules.Persist)) throw new SandboxException(SandboxFailure.Policy, "The device asked for a licence to keep and got one that may not be kept.");

        // A response may give every key rules of its own; those of the response are the narrowest of them.
        return new OpenedLicense
        {
            System = DrmSystem.PlayReady,
            Keys = [.. licenses.Select(ToKey)],
            StartedMs = NowMs,
            Rules = new LicenseRules
            {
                CanPlay = licenses.TrueForAll(license => license.Rules.Play),
                Persistent = licenses.TrueForAll(license => license.Rules.Persist),
                BeginsMs = licenses.Max(license => license.Rules.BeginMs),
                EndsMs = licenses.Min(license => license.Rules.EndMs),
                PlaybackSeconds = licenses.Min(license => license.Rules.FirstPlaySeconds),
            },
        };
    }

    private PlayReadyLicense ReadLicense(XElement element)
    {
        try
        {
            var signed = JsonSerializer.Deserialize<SignedPlayReadyLicense>(element.Base64(), PlayReadyLicense.Json) ?? throw new JsonException();
            using var service = SandboxIdentities.PlayReadyRoot();
            using var key = service.GetECDsaPublicKey()!;
            if (!key.VerifyData(signed.Content, signed.Signature, HashAlgorithmName.SHA256)) throw new SandboxException(SandboxFailure.Signature, "The licence's signature does not fit.");
            var license = JsonSerializer.Deserialize<PlayReadyLicense>(signed.Content, PlayReadyLicense.Json) ?? throw new JsonException();
            return license.Nonce.AsSpan().SequenceEqual(Nonce) ? license : throw new SandboxException(SandboxFailure.Signature, "The licence is the answer to another request.");
        }
        catch (JsonException)
        {
            throw SandboxException.Format("The licence is none of the sandbox.");
        }
    }

    private OpenedKey ToKey(PlayReadyLicense license)
    {
        var clear = Device.OpenKey(license.Ephemeral, license.SealedKey);
        if (clear.Length != ContentKey.Size || !KeyId.TryParse(license.KeyId, out var keyId)) throw SandboxException.Format("The licence holds no key of 16 bytes.");
        var rules = license.Rules;
        var hdcp = rules.HdcpType1 ? HdcpVersion.Hdcp22 : rules.UncompressedVideo >= HdcpFrom ? HdcpVersion.Hdcp1 : HdcpVersion.None;
        var key = new ContentKey(clear);
        CryptographicOperations.ZeroMemory(clear);
        return new OpenedKey(keyId, key, $"SL{rules.MinimumLevel}", (int)Device.SecurityLevel >= rules.MinimumLevel, hdcp, rules.MaxHeight);
    }

    private static SandboxException Refused(XElement fault)
    {
        var exception = fault.Element("detail")?.Elements().FirstOrDefault(element => element.Name.LocalName == "Exception");
        string? Value(string name) => exception?.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
        return new SandboxException(SandboxFailure.Refused, $"The service refused: {Value("StatusCode") ?? "no code"} {Value("CustomData")}".TrimEnd(), Value("StatusCode"));
    }
}
