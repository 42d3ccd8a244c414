using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>A key as it is stored and cached: described in the clear, sealed under a data key as <see cref="KeyEnvelope"/> says.</summary>
internal sealed record KeyRow(VaultKeyInfo Info, Guid DataKeyId, byte[] Sealed)
{
    public KeyIdentity Identity => new(Info.ContentId, Info.Track, Info.Scheme, Info.CryptoPeriod);
}

/// <summary>What names a key whose id the packager did not choose.</summary>
internal readonly record struct KeyIdentity(string ContentId, string Track, ProtectionScheme Scheme, long? CryptoPeriod)
{
    /// <summary>Null in the column would be unlike every other null in a unique index.</summary>
    public long PeriodColumn => CryptoPeriod ?? -1;

    /// <summary>An order that all nodes share, so that batches which collide never wait for each other in a circle.</summary>
    public static int Compare(KeyIdentity left, KeyIdentity right)
    {
        var order = string.CompareOrdinal(left.ContentId, right.ContentId);
        if (order == 0) order = string.CompareOrdinal(left.Track, right.Track);
        if (order == 0) order = left.Scheme.CompareTo(right.Scheme);
        return order == 0 ? left.PeriodColumn.CompareTo(right.PeriodColumn) : order;
    }
}
