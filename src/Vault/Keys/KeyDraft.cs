using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>Answers a batch of questions from the keys that are known, and drafts rows for those that are not.</summary>
internal sealed class KeyDraft(KnownKeys known, DataKey? dataKey, KeyMaker maker, TimeProvider time)
{
    private readonly List<KeyRow> _new = [];

    /// <summary>In the order that all nodes insert in: first by identity, then by chosen key id.</summary>
    public IReadOnlyList<KeyRow> NewRows
    {
        get
        {
            _new.Sort(static (left, right) =>
            {
                if (left.Info.IsRequested != right.Info.IsRequested) return left.Info.IsRequested ? 1 : -1;
                return left.Info.IsRequested ? left.Info.KeyId.CompareTo(right.Info.KeyId) : KeyIdentity.Compare(left.Identity, right.Identity);
            });
            return _new;
        }
    }

    /// <summary>All of the request's keys, or the conflict that stops it; a request that is stopped leaves nothing behind.</summary>
    public ((KeyRow Row, bool IsNew)[]? Answer, KeyConflictException? Conflict) Answer(KeyRequest request)
    {
        var answer = new (KeyRow Row, bool IsNew)[request.Specs.Count];
        var drafted = new List<KeyRow>();
        for (var i = 0; i < answer.Length; i++)
        {
            var spec = request.Specs[i];
            var identity = request.IdentityOf(spec);
            var row = known.Find(identity, spec);
            if (row is not null && row.Identity != identity)
            {
                foreach (var undone in drafted) known.Remove(undone);
                return (null, new KeyConflictException(row.Info.KeyId, Differences(row.Identity, identity)));
            }

            var isNew = row is null;
            if (row is null)
            {
                row = Create(identity, spec);
                known.Add(row);
                drafted.Add(row);
            }

            answer[i] = (row, isNew);
        }

        _new.AddRange(drafted);
        return (answer, null);
    }

    private KeyRow Create(KeyIdentity identity, KeySpec spec)
    {
        var (keyId, made) = spec.Imported is { } imported ? (spec.RequestedKeyId!.Value, new ContentKey(imported.Bytes)) : maker.Make(identity, spec.RequestedKeyId);
        using var key = made;
        var info = new VaultKeyInfo
        {
            ContentId = identity.ContentId,
            KeyId = keyId,
            Track = spec.Track,
            Scheme = spec.Scheme,
            CryptoPeriod = spec.CryptoPeriod,
            IsRequested = spec.RequestedKeyId is not null,
            Iv = spec.Iv is null ? null : [.. spec.Iv],
            MinPixels = spec.MinPixels,
            MaxPixels = spec.MaxPixels,
            MinChannels = spec.MinChannels,
            MaxChannels = spec.MaxChannels,
            Quality = spec.Quality,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()),
        };
        return new KeyRow(info, dataKey!.Id, KeyEnvelope.Seal(dataKey, info, key));
    }

    private static List<string> Differences(KeyIdentity taken, KeyIdentity asked)
    {
        var differences = new List<string>();
        if (taken.ContentId != asked.ContentId) differences.Add("content id");
        if (taken.Track != asked.Track) differences.Add("track");
        if (taken.Scheme != asked.Scheme) differences.Add("scheme");
        if (taken.CryptoPeriod != asked.CryptoPeriod) differences.Add("crypto period");
        return differences;
    }
}
