using DrmHub.Cenc;
using DrmHub.LicenseProxy.Devices;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Entitlements;

/// <summary>
/// Who holds what, from the hub's own store and the operator's service. (The third source, the token's claims, goes into the decision by
/// itself.) More sources never take anything away, but for the suspension that any of them says.
/// </summary>
internal sealed class EntitlementSources(RightsStore rights, CallbackClient callback, IOptions<LicenseProxyOptions> options)
{
    public ValueTask<Subscriber?> FindStoredAsync(string subscriber, CancellationToken cancellationToken) => rights.FindSubscriberAsync(subscriber, cancellationToken);

    /// <summary>What the operator's service adds for one title.</summary>
    /// <returns>The subscriber; or the refusal, where the service is away and the configuration refuses then.</returns>
    public async ValueTask<(Subscriber? Subscriber, Refusal? Refusal)> CompleteAsync(
        Subscriber? stored, string contentId, LicenseQuestion question, PlayerToken player, string? country, LicenseRecord? record, CancellationToken cancellationToken)
    {
        if (!callback.IsOn) return (stored, null);
        var (answer, isStale) = await callback.AskAsync(
            new CallbackQuestion
            {
                Subscriber = player.Subscriber,
                Content = contentId,
                Country = country,
                Device = DeviceDoor.IdOf(player, question),
                Platform = question.Device.Platform,
                System = question.System.ToString(),
                Level = question.Level.ToString(),
                Use = question.Use.ToString(),
            },
            cancellationToken);
        var settings = options.Value.Callback;
        if (answer is not null)
        {
            if (isStale) record?.Note("entitlements", "LastAnswer");
            return (answer.MergeWith(player.Subscriber, settings.WithStore ? stored : StatusOf(stored)), null);
        }

        record?.Note("entitlements", settings.WhenDown == CallbackFailure.TokenAndStore ? "TokenAndStore" : "Unavailable");
        return settings.WhenDown == CallbackFailure.TokenAndStore
            ? (stored, null)
            : (null, new Refusal(ReasonCodes.UpstreamUnavailable, "Who holds what could not be found out just now.") { RetryAfter = TimeSpan.FromSeconds(2) });
    }

    /// <summary>What the store says against a subscriber counts always.</summary>
    private static Subscriber? StatusOf(Subscriber? stored) => stored is null ? null : new Subscriber { Id = stored.Id, Status = stored.Status, Devices = stored.Devices };
}
