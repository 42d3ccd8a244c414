using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// One PlayReady licence request. The challenge hides the device's level from everybody but the licence server, so the decision is that of the best device, and
/// each key goes to the server with its minimum level: the server keeps it. Where some upstream would not, the device counts as the lowest.
/// </summary>
internal sealed class PlayReadyExchange(PlayReadyChallenge? challenge, ChallengeException? unreadable, ContentUse use, PlayReadyService service) : ILicenseExchange
{
    public DrmSystem System => DrmSystem.PlayReady;

    public LicenseKind? Announced => challenge?.Operation == PlayReadyOperation.ProcessSecureStopData ? LicenseKind.Release : null;

    /// <summary>The service's own refusal, which the player gets as it is; null where there is none.</summary>
    public PlayReadyAnswer? Fault { get; private set; }

    public ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken)
    {
        if (challenge is null) throw unreadable!;
        var kept = service.UpstreamsKeepLevels;
        return ValueTask.FromResult(new LicenseQuestion
        {
            System = DrmSystem.PlayReady,
            KeyIds = challenge.KeyIds,
            Level = kept ? SecurityLevel.Hardware : SecurityLevel.Software,
            Use = use,
            // Playback has ended for good, with the device's proof: the stream is free again.
            Kind = challenge.Operation == PlayReadyOperation.ProcessSecureStopData ? LicenseKind.Release : LicenseKind.New,
            // Where there is a nonce, the same bytes are the same challenge, sent again.
            ChallengeId = challenge.Nonce is null ? null : Convert.ToHexStringLower(SHA256.HashData(challenge.Soap.Span)),
            Device = new DeviceFacts { LevelText = kept ? LicenseTerms.LevelKeptByUpstream : null },
        });
    }

    public async ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken)
    {
        try
        {
            var reply = await service.AskAsync(challenge!, grant.Question.Kind == LicenseKind.Release ? null : grant, cancellationToken);
            return new LicenseAnswer(reply.Answer.Body, reply.Answer.ContentType)
            {
                Upstream = reply.Upstream.Name,
                Details = reply.Attempts > 1 ? new Dictionary<string, string> { ["upstream_attempts"] = reply.Attempts.ToString(global::System.Globalization.CultureInfo.InvariantCulture) } : LicenseTerms.NoDetails,
            };
        }
        catch (UpstreamException exception) when (exception.Answer is PlayReadyAnswer fault)
        {
            Fault = fault;
            if (!fault.IsRevoked) throw;
            throw new UpstreamException(ReasonCodes.DeviceRevoked, "This device is revoked.", exception) { Upstream = exception.Upstream, Details = exception.Details };
        }
    }
}
