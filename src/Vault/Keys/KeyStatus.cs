namespace DrmHub.Vault.Keys;

/// <summary>Where the rotation of keys stands. CurrentMasterKeyId: what wraps new data keys.</summary>
public sealed record KeyStatus(string CurrentMasterKeyId, IReadOnlyList<DataKeyStatus> DataKeys)
{
    /// <summary>Data keys that <c>rotate-master</c> has still to wrap again.</summary>
    public int WaitingForMaster => DataKeys.Count(key => key.MasterKeyId != CurrentMasterKeyId);

    /// <summary>Content keys that <c>rotate-data</c> has still to seal again.</summary>
    public long WaitingForData => DataKeys.Where(key => key.RetiredAt is not null).Sum(key => key.ContentKeys);
}

/// <summary>One data key. ContentKeys: how many are under it now. IsOpen: false if the configured master keys do not unwrap it.</summary>
public sealed record DataKeyStatus(Guid Id, string MasterKeyId, DateTimeOffset CreatedAt, long ContentKeys, DateTimeOffset? RetiredAt, bool IsOpen);
