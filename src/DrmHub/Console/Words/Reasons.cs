using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Words;

/// <summary>What a reason code means, for somebody who answers for rights.</summary>
/// <param name="Short">For a column: a few words.</param>
/// <param name="Sentence">What happened.</param>
/// <param name="Remedy">What would change it, and who can.</param>
internal sealed record Reason(string Code, string Short, string Sentence, string Remedy);

/// <summary>The one place where codes become sentences.</summary>
internal static class Reasons
{
    private static readonly Dictionary<string, Reason> s_all = new Reason[]
    {
        new(ReasonCodes.TokenMissing, "no token", "The player sent no token.", "The application has to fetch a token and send it with the licence request."),
        new(ReasonCodes.TokenInvalid, "token not valid", "The player’s token is not valid here: its form, signature, issuer or audience is wrong.", "The application’s token service has to sign for this hub."),
        new(ReasonCodes.TokenExpired, "token expired", "The player’s token had ended when it asked.", "The application has to fetch a fresh token; a wrong clock does the same."),
        new(ReasonCodes.TokenReplayed, "token used before", "The token had opened a licence before, and each is good for one.", "The application has to fetch a token for each licence. Many of these may mean that a token was copied."),
        new(ReasonCodes.ContentUnknown, "title unknown", "No title that the token is good for has the keys that were asked for.", "The title was never packaged with keys of this hub, or the token names another title."),
        new(ReasonCodes.KeyUnknown, "key unknown", "A key was asked for that this hub never issued.", "The title was packaged elsewhere, or with another hub’s keys."),
        new(ReasonCodes.ChallengeMalformed, "challenge unreadable", "The request of the player could not be read.", "The player or something between it and the hub damages requests."),
        new(ReasonCodes.ChallengeUnsupported, "challenge not supported", "The player asked in a way that this hub does not serve.", "An operator can see which kind it was in the entry’s details."),
        new(ReasonCodes.EntitlementNone, "no fitting plan", "No plan of this subscriber reaches this title.", "Sell a plan that a deal of the title names, or add the plan to the deal."),
        new(ReasonCodes.EntitlementExpired, "plan ended", "The plan that covered this title has ended.", "Renew the subscription."),
        new(ReasonCodes.EntitlementSuspended, "subscriber suspended", "The subscriber is suspended, so nothing is granted whatever the plans say.", "Lift the suspension on the subscriber’s page."),
        new(ReasonCodes.DealNone, "no deal", "No deal covers this title.", "Add the title to a deal, or make one for it."),
        new(ReasonCodes.DealNotOpen, "window not open yet", "The title’s window has not opened yet.", "Wait for the window, or move its beginning if the licensor agrees."),
        new(ReasonCodes.DealClosed, "window closed", "The title’s window has closed.", "Extend the deal if the licensor agrees."),
        new(ReasonCodes.DealTerritory, "outside the territory", "The title is not licensed in the country that the player was in.", "Add the territory to the deal if the licensor agrees."),
        new(ReasonCodes.DealUse, "use not covered", "The deal does not cover this use or this picture: streaming and downloading are licensed apart, and a deal may stop at a picture size.", "Add the use to the deal if the licensor agrees."),
        new(ReasonCodes.DeviceLevel, "device not secure enough", "The device guards keys less well than this picture needs.", "A better device; or a lower minimum level in the deal or the device policy if the licensor agrees."),
        new(ReasonCodes.DeviceRevoked, "device revoked", "This device, or its model, is on a revocation list.", "Revocations stand under Rights; most come from the makers of the DRM."),
        new(ReasonCodes.DeviceLimit, "too many devices", "The subscriber has as many devices as the plan allows.", "Remove a device on the subscriber’s page, or raise the plan’s limit."),
        new(ReasonCodes.DeviceOutput, "output not protected", "The screen or cable cannot promise the copy protection that this picture needs.", "A display with the HDCP version that the deal asks for."),
        new(ReasonCodes.StreamLimit, "too many streams", "The subscriber was watching on as many screens as the plan allows.", "Stop another stream; it frees its place within a minute."),
        new(ReasonCodes.SessionUnknown, "session unknown", "The playback session is not known here, or has ended.", "The player has to ask for a new licence."),
        new(ReasonCodes.RateLimited, "too many requests", "This caller asked too often.", "Many of these from one subscriber may mean that an account is shared or scripted."),
        new(ReasonCodes.UpstreamTimeout, "licence service slow", "The licence service behind the hub did not answer in time.", "An operator sees its latency under Operations."),
        new(ReasonCodes.UpstreamRefused, "licence service refused", "The licence service behind the hub refused.", "An operator finds what it said in the entry’s details."),
        new(ReasonCodes.UpstreamUnavailable, "licence service away", "The licence service behind the hub could not be reached.", "An operator sees its health under Operations."),
        new(ReasonCodes.AuditUnavailable, "log not writable", "The log could not be written, and nothing is granted without an entry.", "An operator has to bring the database or the disk back."),
        new(ReasonCodes.Internal, "fault in the hub", "Something in the hub failed.", "An operator finds the fault by the request’s id."),
    }.ToDictionary(reason => reason.Code, StringComparer.Ordinal);

    /// <summary>Codes of packagers' refusals and of newer hubs have no sentence here: they speak for themselves.</summary>
    public static Reason Find(string? code) =>
        code is not null && s_all.TryGetValue(code, out var reason) ? reason : new Reason(code ?? "", code ?? "no reason given", code is null ? "No reason was recorded." : "Refused with this code.", "");

    public static IReadOnlyCollection<Reason> All => s_all.Values;
}
