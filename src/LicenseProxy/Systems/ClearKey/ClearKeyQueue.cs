using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.ClearKey;

/// <summary>Keys of several titles, as a queue of titles asks for them.</summary>
/// <param name="KeyIds">Without repetitions, at most <see cref="ClearKeyQueue.MaxKeys"/>.</param>
/// <param name="IsRenewal">Goes on with what the device has.</param>
public sealed record QueueQuestion(IReadOnlyList<KeyId> KeyIds, ContentUse Use, bool IsRenewal = false)
{
    /// <summary>Public facts for the audit entry of what is granted.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();
}

/// <summary>
/// One Clear Key licence over many titles, whose request is not a challenge but whatever the host reads. The gate decides on each title, takes
/// one device and one stream for them all, and writes one commit of the audit log.
/// </summary>
/// <param name="read">Called once, for an authenticated player. Throws <see cref="ChallengeException"/> for a request that makes no sense.</param>
public sealed class ClearKeyQueue(Func<PlayerToken, CancellationToken, ValueTask<QueueQuestion>> read) : ILicenseExchange
{
    public const int MaxKeys = 512;

    private bool _isDownload;
    private IReadOnlyDictionary<string, string> _notes = new Dictionary<string, string>();

    public DrmSystem System => DrmSystem.ClearKey;

    public async ValueTask<LicenseQuestion> ParseAsync(PlayerToken player, CancellationToken cancellationToken)
    {
        var question = await read(player, cancellationToken);
        if (question.KeyIds.Count > MaxKeys) throw new ChallengeException(ReasonCodes.ChallengeMalformed, $"The queue has more than {MaxKeys} keys: ask for fewer titles at once.");
        _isDownload = question.Use == ContentUse.Download;
        _notes = question.Notes;
        return new LicenseQuestion
        {
            System = DrmSystem.ClearKey,
            KeyIds = question.KeyIds,
            Level = SecurityLevel.None,
            Use = question.Use,
            Kind = question.IsRenewal ? LicenseKind.Renewal : LicenseKind.New,
        };
    }

    public ValueTask<LicenseAnswer> WriteAsync(LicenseGrant grant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grant);
        return ValueTask.FromResult(new LicenseAnswer(ClearKeyMessages.WriteLicense(grant.Keys, _isDownload ? "persistent-license" : "temporary"), "application/json") { Details = _notes });
    }
}
