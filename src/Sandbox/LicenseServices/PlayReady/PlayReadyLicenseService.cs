using System.Text;
using DrmHub.Sandbox.LicenseServices.Faults;
using DrmHub.Sandbox.Wire;
using Microsoft.Extensions.Logging;
using static DrmHub.Sandbox.Wire.PlayReadyNames;

namespace DrmHub.Sandbox.LicenseServices.PlayReady;

/// <summary>A PlayReady licence server: reads the device's certificate, and writes only those licences whose minimum level the device has.</summary>
internal sealed class PlayReadyLicenseService(ILogger<PlayReadyLicenseService> logger)
{
    private const string ServiceSpecific = "0x8004c604";
    private const string Revoked = "0x8004c065";
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <param name="soapAction">The header, with or without quotes.</param>
    /// <param name="policy">For the request: the licences that the caller wants.</param>
    public SandboxAnswer Answer(string? soapAction, ReadOnlyMemory<byte> body, Fault fault, Func<PlayReadyRequest, IReadOnlyList<PlayReadyPolicy>> policy)
    {
        try
        {
            var text = Decode(body);
            return soapAction?.Trim('"') switch
            {
                AcquireLicense => Acquire(text, fault, policy),
                AcknowledgeLicense => Acknowledge(text),
                _ => throw SandboxException.Format("The SOAPAction is none that the sandbox serves."),
            };
        }
        catch (PlayReadyFaultException asked)
        {
            return PlayReadyAnswers.Fault(asked.Code, asked.CustomData);
        }
        catch (SandboxException refusal)
        {
            Log.Refused(logger, "playready", refusal.Message);
            return PlayReadyAnswers.Fault(refusal.Code ?? "0x8004c601", refusal.Message);
        }
    }

    private static SandboxAnswer Acquire(string text, Fault fault, Func<PlayReadyRequest, IReadOnlyList<PlayReadyPolicy>> policy)
    {
        using var request = PlayReadyRequest.Read(text);
        if (fault.Revoked) throw new PlayReadyFaultException(Revoked, "The device is revoked.");
        var policies = policy(request);
        var allowed = policies.Where(item => (int)request.Level >= item.Rules.MinimumLevel).ToList();
        if (allowed.Count == 0) throw new PlayReadyFaultException(ServiceSpecific, $"The device's security level {(int)request.Level} is too low for every licence that was asked for.");
        return PlayReadyAnswers.Licenses(request, allowed, fault.WrongSignature);
    }

    private static SandboxAnswer Acknowledge(string text)
    {
        Parse(text).Need(Soap + "Body", Protocols + "AcknowledgeLicense");
        return PlayReadyAnswers.Acknowledged();
    }

    private static string Decode(ReadOnlyMemory<byte> body)
    {
        try
        {
            return StrictUtf8.GetString(body.Span).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw SandboxException.Format("The body is not UTF-8.");
        }
    }
}

/// <summary>A fault that the caller's policy, or an ordered fault, asks for.</summary>
internal sealed class PlayReadyFaultException(string code, string? customData) : Exception(code)
{
    public string Code { get; } = code;

    public string? CustomData { get; } = customData;
}
