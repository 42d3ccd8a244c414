using System.Security.Cryptography;
using System.Text;
using DrmHub.LicenseProxy.Limits;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>Who asks, whether too often, and whether the token may be used once more.</summary>
internal sealed class PlayerDoor(PlayerTokenValidator tokens, RequestLimits limits, ISharedState shared, TimeProvider time, IOptions<LicenseProxyOptions> options)
{
    private readonly PlayerTokenOptions _options = options.Value.Tokens;

    /// <summary>Checks the token and the rates; spends nothing.</summary>
    /// <param name="grace">How long a token may be past its end.</param>
    /// <returns>The refusal and whether it belongs into the audit log, or null with <see cref="LicenseRecord.Player"/> set.</returns>
    public async ValueTask<(Refusal? Refusal, bool Record)> EnterAsync(LicenseRecord record, TimeSpan grace, CancellationToken cancellationToken)
    {
        var caller = record.Caller;
        if (await limits.CheckAddressAsync(caller.Address) is { } flood) return (flood, await limits.IsRecordedAsync("address:" + RequestLimits.NetworkOf(caller.Address!)));
        var (player, refusal) = await tokens.ValidateAsync(caller.Token, grace, cancellationToken);
        if (player is null) return (refusal, true);
        record.Player = player;
        record.Country = caller.Country ?? player.Country;
        if (await limits.CheckSubscriberAsync(player.Subscriber, record, cancellationToken) is { } tooMany) return (tooMany, await limits.IsRecordedAsync("player:" + player.Subscriber));

        // Bound to a country: where the hub can see another one, the token has left it.
        if (player.Country is not null && caller.Country is not null && player.Country != caller.Country)
            return (new Refusal(ReasonCodes.DealTerritory, "The token is for another country."), true);
        return (null, false);
    }

    /// <summary>Spends a token that is good for one licence only.</summary>
    /// <returns>Null where it was not spent before.</returns>
    public async ValueTask<Refusal?> SpendAsync(LicenseRecord record, CancellationToken cancellationToken)
    {
        if (!_options.SingleUse) return null;
        var player = record.Player!;
        if (player.Id is null) return new Refusal(ReasonCodes.TokenInvalid, "The token has no jti, and tokens are good for one licence here.");
        var remembered = player.Expires + _options.ClockSkew - time.GetUtcNow() + TimeSpan.FromSeconds(1);
        var answer = await shared.UseTokenAsync(NameOf(player.Id), remembered, cancellationToken);
        if (answer.IsDegraded) record.Note("shared_state", answer.Source.ToString());
        if (answer.IsGranted) return null;
        return new Refusal(ReasonCodes.TokenReplayed, answer.IsDegraded ? "Whether the token was used before could not be found out." : "The token was used before.");
    }

    /// <summary>A fixed length, whatever the issuer puts into jti.</summary>
    private static string NameOf(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
