using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>The keys that a batch of questions may find: by key id, and by identity those whose id the vault chose.</summary>
internal sealed class KnownKeys
{
    private readonly Dictionary<KeyId, KeyRow> _byId = [];
    private readonly Dictionary<KeyIdentity, KeyRow> _byIdentity = [];

    public void Add(IEnumerable<KeyRow> rows)
    {
        foreach (var row in rows) Add(row);
    }

    public void Add(KeyRow row)
    {
        _byId[row.Info.KeyId] = row;
        if (!row.Info.IsRequested) _byIdentity[row.Identity] = row;
    }

    public void Remove(KeyRow row)
    {
        _byId.Remove(row.Info.KeyId);
        _byIdentity.Remove(row.Identity);
    }

    public KeyRow? Find(KeyIdentity identity, KeySpec spec) =>
        spec.RequestedKeyId is { } id ? _byId.GetValueOrDefault(id) : _byIdentity.GetValueOrDefault(identity);

    public bool Covers(KeyRequest request) => request.Specs.All(spec => Find(request.IdentityOf(spec), spec) is not null);
}
