using System.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.Vault.Keys;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>
/// The pssh of one crypto period. Without entitlement one box, type SINGLE. With it two: SINGLE first, for devices that know no entitlement licences, then
/// ENTITLED_KEY with the period's keys wrapped. Devices that prefer entitlements look for the second; others take the first box that they find.
/// </summary>
/// <param name="Data">The data of the last box: what the request asked for.</param>
/// <param name="Boxes">Whole boxes, one after the other.</param>
internal sealed record WidevineKeyPssh(ReadOnlyMemory<byte> Data, byte[] Boxes)
{
    public static WidevineKeyPssh Build(WidevineKeyRequest request, IReadOnlyList<VaultKey> keys, IReadOnlyList<VaultKey>? entitlements, string provider)
    {
        var single = Box(request, Describe(request, keys, provider, entitled: null));
        if (entitlements is null) return new WidevineKeyPssh(single.Data, single.ToByteArray());
        var entitled = Box(request, Describe(request, keys, provider, [.. keys.Select(key => Wrap(key, entitlements))]));
        return new WidevineKeyPssh(entitled.Data, [.. single.ToByteArray(), .. entitled.ToByteArray()]);
    }

    private static WidevineEntitledKey Wrap(VaultKey key, IReadOnlyList<VaultKey> entitlements)
    {
        var entitlement = entitlements.First(each => each.Track == key.Track);
        return entitlement.Entitlement!.Wrap(entitlement.KeyId, key.KeyId, key.Key);
    }

    /// <summary>A pssh of type ENTITLED_KEY lists no key ids beside the keys that it carries.</summary>
    private static WidevinePsshData Describe(WidevineKeyRequest request, IReadOnlyList<VaultKey> keys, string provider, IReadOnlyList<WidevineEntitledKey>? entitled)
    {
        var period = keys[0].CryptoPeriod;
        return new WidevinePsshData
        {
            KeyIds = entitled is null ? [.. keys.Select(key => key.KeyId)] : [],
            Provider = provider,
            ContentId = WidevineContentNames.ToBytes(keys[0].ContentId),
            Policy = request.Policy,
            Scheme = keys[0].Scheme,
            CryptoPeriodIndex = (uint?)period,
            CryptoPeriodSeconds = period is null ? null : request.PeriodSeconds,
            Type = entitled is null ? null : WidevinePsshType.EntitledKey,
            EntitledKeys = entitled ?? [],
        };
    }

    /// <summary>Adds fields 13 group_ids and 15 video_feature, which the data's type does not hold.</summary>
    private static PsshBox Box(WidevineKeyRequest request, WidevinePsshData data) =>
        new(DrmSystemIds.Widevine, [], [.. data.ToByteArray(), .. Field(13, request.GroupId), .. Field(15, request.VideoFeature is { } feature ? Encoding.UTF8.GetBytes(feature) : null)]);

    /// <summary>Wire type 2, with a length that fits into one byte: the request is limited to 64.</summary>
    private static byte[] Field(int number, byte[]? value) => value is null ? [] : [(byte)((number << 3) | 2), (byte)value.Length, .. value];
}
