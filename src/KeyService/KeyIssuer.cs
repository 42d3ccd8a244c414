using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.Entitlements;

namespace DrmHub.KeyService;

/// <summary>
/// The one use case behind every packager protocol: the keys of a content id, made when they are first asked for. The same
/// question always gets the same keys. Nothing is returned before its audit entry is durable.
/// </summary>
public sealed class KeyIssuer(KeyStore keys, AuditLog audit)
{
    /// <param name="contentId">1 to 1024 bytes of text.</param>
    /// <param name="specs">Validated: a request that is refused must not come this far, so that it leaves no key behind.</param>
    /// <param name="packager">Who asked: the name of its credential.</param>
    /// <param name="protocol">The protocol of the request, for the audit entry.</param>
    /// <param name="cancellationToken">Cancels the wait; keys that were already made stay made.</param>
    /// <param name="entitlements">Entitlement keys under which the answer wraps the keys too, for the audit entry.</param>
    /// <returns>One key for each spec, in the same order. The caller disposes them.</returns>
    public async Task<IReadOnlyList<VaultKey>> GetOrCreateAsync(
        string contentId, IReadOnlyList<KeySpec> specs, string packager, string protocol, CancellationToken cancellationToken, IReadOnlyList<VaultKey>? entitlements = null) =>
        await RecordAsync(contentId, await keys.GetOrCreateAsync(contentId, specs, cancellationToken), packager, protocol, entitlements, cancellationToken);

    /// <summary>Entitlement keys of a content id. They are not for packagers: what leaves is what they wrap.</summary>
    public EntitlementStore Entitlements => keys.Entitlements;

    /// <summary>Which crypto periods have keys, and when they are.</summary>
    public KeyPeriods Periods => keys.Periods;

    /// <summary>Gives out keys that exist, for a packager that reads its own media back; once DescribeAsync has told which.</summary>
    /// <returns>Those of the keys that exist, in the order of <paramref name="keyIds"/>. The caller disposes them.</returns>
    public async Task<IReadOnlyList<VaultKey>> ReissueAsync(
        string contentId, IReadOnlyList<KeyId> keyIds, string packager, string protocol, CancellationToken cancellationToken, IReadOnlyList<VaultKey>? entitlements = null) =>
        await RecordAsync(contentId, await keys.FindAsync(keyIds, cancellationToken), packager, protocol, entitlements, cancellationToken);

    /// <summary>What is known of these keys, without opening one.</summary>
    public Task<IReadOnlyList<VaultKeyInfo>> DescribeAsync(IReadOnlyList<KeyId> keyIds, CancellationToken cancellationToken) =>
        keys.FindInfoAsync(keyIds, cancellationToken);

    /// <summary>What is known of the keys of a content id, without opening one.</summary>
    public Task<IReadOnlyList<VaultKeyInfo>> DescribeAsync(string contentId, CancellationToken cancellationToken) =>
        keys.FindInfoByContentAsync(contentId, cancellationToken);

    private async Task<IReadOnlyList<VaultKey>> RecordAsync(
        string contentId, IReadOnlyList<VaultKey> issued, string packager, string protocol, IReadOnlyList<VaultKey>? entitlements, CancellationToken cancellationToken)
    {
        var details = new Dictionary<string, string> { ["protocol"] = protocol };
        if (entitlements is not null) details["entitlement_keys"] = string.Join(' ', entitlements.Select(key => key.KeyId.ToHex()));
        try
        {
            await audit.AppendAsync(
                new AuditEntry
                {
                    Kind = AuditKind.KeysIssued,
                    Actor = packager,
                    ContentId = contentId,
                    Keys = [.. issued.Select(key => new AuditKey(key.KeyId, key.Track, Granted: true))],
                    Details = details,
                },
                cancellationToken);
            return issued;
        }
        catch
        {
            foreach (var key in issued) key.Dispose();
            throw;
        }
    }

    /// <summary>Records that a key request was refused.</summary>
    /// <param name="unrecorded">Refusals of the same stranger before this one that have no entry of their own.</param>
    public Task RefuseAsync(string? contentId, string? packager, string protocol, string reason, CancellationToken cancellationToken, long unrecorded = 0) =>
        audit.AppendAsync(
            new AuditEntry
            {
                Kind = AuditKind.KeysRefused,
                Actor = packager,
                ContentId = contentId,
                ReasonCode = reason,
                Details = unrecorded == 0
                    ? new Dictionary<string, string> { ["protocol"] = protocol }
                    : new Dictionary<string, string> { ["protocol"] = protocol, ["unrecorded"] = unrecorded.ToString(CultureInfo.InvariantCulture) },
            },
            cancellationToken);
}
