using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;

namespace DrmHub.LicenseProxy;

/// <summary>
/// One licence request in the language of one DRM system. Created for each request by the route of its system, used once, by
/// one caller at a time. The gate calls <see cref="ParseAsync"/> for an authenticated player only, and <see cref="WriteAsync"/>
/// only for what was granted, after the decision and before the audit entry.
/// </summary>
public interface ILicenseExchange
{
    DrmSystem System { get; }

    /// <summary>
    /// What the route or the challenge says of its kind before it is parsed; null where neither does. Asks nobody and throws nothing. No more than a
    /// claim: it counts for whose turn it is when the node is busy.
    /// </summary>
    LicenseKind? Announced => null;

    /// <summary>Reads the challenge; may ask an upstream what it says. What it says of the device is as far as it is proven, never what the client claims of itself.</summary>
    /// <exception cref="ChallengeException">The challenge cannot be read.</exception>
    /// <exception cref="UpstreamException">The upstream that reads it did not.</exception>
    ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the licence: here, or by an upstream. It carries no key and no right beyond the grant. For a release it carries none at
    /// all and acknowledges. The grant's keys are zeroed after the answer: copy nothing out of them that outlives the call but
    /// the bytes of the licence itself.
    /// </summary>
    /// <exception cref="UpstreamException">No upstream wrote it.</exception>
    ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken);
}
