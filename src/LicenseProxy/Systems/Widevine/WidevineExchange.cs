using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// One Widevine licence request. Two calls upstream: the first only reads the challenge and says the device's level (or the cache does), the second
/// carries the keys that the decision granted at that level. What a client says of itself decides nothing.
/// </summary>
internal sealed class WidevineExchange(ReadOnlyMemory<byte> body, bool asJson, WidevineService service) : ILicenseExchange
{
    /// <summary>What the first call said; null where none was made.</summary>
    private UpstreamReply<WidevineReply>? _read;

    /// <summary>The bytes of the challenge: what this route parses before the gate is asked is its message type alone.</summary>
    public DrmSystem System => DrmSystem.Widevine;

    public LicenseKind? Announced
    {
        get
        {
            try
            {
                return WidevineChallenge.Parse(body.Span).Kind;
            }
            catch (ChallengeException)
            {
                return null; // Said when its turn comes.
            }
        }
    }

    public async ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken)
    {
        var challenge = WidevineChallenge.Parse(body.Span);
        var question = new LicenseQuestion
        {
            System = DrmSystem.Widevine,
            Level = SecurityLevel.Software,
            KeyIds = challenge.KeyIds,
            OfEntitlements = challenge.OfEntitlements,
            ContentId = challenge.ContentId,
            Kind = challenge.Kind,
            Use = challenge.Use,
            SessionId = challenge.RequestId,

            // Each has a nonce, and a signature over it: the same bytes are the same challenge, sent again.
            ChallengeId = Convert.ToHexStringLower(SHA256.HashData(body.Span)),
        };
        if (Known(challenge) is { } token) question = question with { KeyIds = token.KeyIds, OfEntitlements = token.OfEntitlements, ContentId = token.ContentId, Level = token.Level };
        if (question.OfEntitlements && !service.ReadsChallenges) throw new ChallengeException(ReasonCodes.ChallengeUnsupported, "Entitlement licences need an upstream that speaks Widevine's own service's language.");

        // Always forwarded, and nothing in it is decided.
        if (challenge.Kind == LicenseKind.Release) return question;
        if (challenge.Kind == LicenseKind.Renewal && question.KeyIds.Count > 0) return question;
        if (service.Devices.Find(challenge.ClientId.Span) is { } device && HasContent(question)) return question with { Level = device.Level, Device = device.Device };
        return service.ReadsChallenges ? await AskAsync(challenge, question, cancellationToken) : Assume(challenge, question);
    }

    public async ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken)
    {
        RefuseHalfRenewal(grant);
        try
        {
            var reply = await service.WriteAsync(body, grant, _read is { Attempts: > 1 } read ? read.Upstream.Name : null, cancellationToken);
            return Answer(reply, grant.Question.OfEntitlements);
        }
        catch (UpstreamException exception) when (exception.Answer is WidevineReply { IsRevoked: true })
        {
            throw Revoked(exception);
        }
    }

    private async ValueTask<LicenseQuestion> AskAsync(WidevineChallenge challenge, LicenseQuestion question, CancellationToken cancellationToken)
    {
        WidevineReply said;
        try
        {
            _read = await service.ReadAsync(body, cancellationToken);
            said = _read.Value.Answer;
        }
        catch (UpstreamException exception) when (exception.Answer is WidevineReply { IsRevoked: true })
        {
            throw Revoked(exception);
        }

        var device = Named(said.Device, WidevineDeviceId.OfSerial(said.Device.CertificateSerial) ?? challenge.Client.DeviceId);
        service.Devices.Add(challenge.ClientId.Span, said.Level, device);
        question = question with { Level = said.Level, Device = device };
        // Only where the challenge itself says nothing: it is what the licence will be for.
        if (HasContent(question)) return question;
        if (said.KeyIds.Count == 0 && said.ContentId is null) throw new ChallengeException(ReasonCodes.ChallengeMalformed, "The challenge does not say what it is for.");
        return question with { KeyIds = said.KeyIds, ContentId = said.ContentId };
    }

    /// <summary>
    /// No upstream reads challenges for us. Where all of them keep minimum levels themselves, the decision is that of the best device, and each key goes out with
    /// its minimum; else the device counts as the lowest.
    /// </summary>
    private LicenseQuestion Assume(WidevineChallenge challenge, LicenseQuestion question)
    {
        if (!HasContent(question)) throw new ChallengeException(ReasonCodes.ChallengeUnsupported, "The licence that is renewed cannot be told from this challenge.");
        question = question with { Device = Named(question.Device, challenge.Client.DeviceId) };
        return service.UpstreamsKeepLevels
            ? question with { Level = SecurityLevel.Hardware, Device = question.Device with { LevelText = LicenseTerms.LevelKeptByUpstream } }
            : question;
    }

    private static DeviceFacts Named(DeviceFacts device, string? id) => id is null ? device : device with { Id = id, IsIdLasting = false };

    private WidevineSessionToken? Known(WidevineChallenge challenge)
    {
        if (challenge.SessionToken.IsEmpty) return null;
        foreach (var key in service.SessionKeys)
            if (WidevineSessionToken.Open(challenge.SessionToken.Span, key) is { } token) return token;
        return null;
    }

    /// <summary>A renewal extends the licence as a whole: where one of its keys may no longer go out, none may.</summary>
    private static void RefuseHalfRenewal(LicenseGrant grant)
    {
        if (grant.Question.Kind != LicenseKind.Renewal) return;
        if (grant.Decision.Keys.FirstOrDefault(key => !key.Granted) is { } withheld)
            throw new UpstreamException(withheld.Reason!, "A part of this licence may not be renewed; ask for a new one.");
    }

    private LicenseAnswer Answer(UpstreamReply<WidevineReply> reply, bool ofEntitlements)
    {
        var license = reply.Answer.License;
        var attempts = Math.Max(reply.Attempts, _read?.Attempts ?? 1);
        return new LicenseAnswer(asJson ? WidevineJson.Write(license.Span) : license, asJson ? "application/json" : "application/octet-stream")
        {
            Upstream = reply.Upstream.Name,
            Details = DetailsOf(attempts, ofEntitlements),
        };
    }

    private static IReadOnlyDictionary<string, string> DetailsOf(int attempts, bool ofEntitlements)
    {
        if (attempts <= 1 && !ofEntitlements) return LicenseTerms.NoDetails;
        var details = new Dictionary<string, string>();
        if (attempts > 1) details["upstream_attempts"] = attempts.ToString(global::System.Globalization.CultureInfo.InvariantCulture);
        if (ofEntitlements) details["keys"] = "entitlement";
        return details;
    }

    private static UpstreamException Revoked(UpstreamException exception) => new(ReasonCodes.DeviceRevoked, "This device is revoked.", exception) { Upstream = exception.Upstream, Details = exception.Details };

    private static bool HasContent(LicenseQuestion question) => question.KeyIds.Count > 0 || question.ContentId is not null;
}
