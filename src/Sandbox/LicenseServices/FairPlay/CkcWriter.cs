using System.Buffers.Binary;
using System.Security.Cryptography;
using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.Wire;
using Tags = DrmHub.Sandbox.Wire.FairPlayTags;

namespace DrmHub.Sandbox.LicenseServices.FairPlay;

/// <summary>Writes a CKC: the key under the device's session key, R1, the rules, and what the device wants back.</summary>
internal static class CkcWriter
{
    public static byte[] Write(SpcRequest spc, KsmAsset asset)
    {
        var blocks = new List<Tllv>
        {
            Tllv.Create(Tags.EncryptedContentKey, [.. Convert.FromHexString(asset.ContentIv!), .. EncryptKey(spc.SessionKey, Convert.FromHexString(asset.ContentKey!))]),
            Tllv.Create(Tags.R1, spc.R1),
        };
        if (asset.HdcpType is { } hdcp) blocks.Add(Tllv.Create(Tags.Hdcp, [hdcp switch { -1 => Tags.HdcpNone, 0 => Tags.HdcpType0, _ => Tags.HdcpType1 }, 0UL]));
        if (asset.Needed != FairPlayLevel.Old) blocks.Add(Tllv.Create(Tags.RequiredLevel, [1UL << 32, asset.Needed == FairPlayLevel.Main ? Tags.LevelMain : Tags.LevelBaseline]));
        if (asset.LeaseDuration is { } lease && spc.HasPlaybackState) blocks.Add(Tllv.Create(Tags.KeyDuration, [lease, 0u, Tags.DurationLease, Tags.DurationReserved]));
        if (asset.OfflineHls is { } offline) blocks.Add(Offline(spc, offline));

        blocks.AddRange(spc.Returned());
        return Seal(spc, blocks);
    }

    private static byte[] Seal(SpcRequest spc, List<Tllv> blocks)
    {
        using var derive = Aes.Create();
        derive.SetKey(SHA1.HashData(spc.R1).AsSpan(0, 16));
        using var aes = Aes.Create();
        aes.SetKey(derive.EncryptEcb(spc.Blocks[Tags.AntiReplaySeed].Sized(16), PaddingMode.None));
        var iv = RandomNumberGenerator.GetBytes(16);
        var payload = aes.EncryptCbc(blocks.SelectMany(block => block.Raw.ToArray()).ToArray(), iv, PaddingMode.None);
        var header = new byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(header, 1);
        iv.CopyTo(header, 8);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(24), (uint)payload.Length);
        return [.. header, .. payload];
    }

    private static byte[] EncryptKey(byte[] sessionKey, byte[] contentKey)
    {
        using var aes = Aes.Create();
        aes.SetKey(sessionKey);
        return aes.EncryptEcb(contentKey, PaddingMode.None);
    }

    /// <summary>Both durations where the device knows the block for them; else the one that ends first, as a key duration.</summary>
    private static Tllv Offline(SpcRequest spc, KsmOffline offline)
    {
        if ((spc.Capabilities & Tags.CapabilityOffline) != 0) return Tllv.Create(Tags.OfflineKey, OfflineKey(offline, (spc.Capabilities & Tags.CapabilityOfflineV2) != 0));
        uint[] limits = [.. new[] { offline.RentalDuration, offline.PlaybackDuration }.Where(seconds => seconds > 0)];
        return limits.Length > 0
            ? Tllv.Create(Tags.KeyDuration, [0u, limits.Min(), Tags.DurationPersistAndLimit, Tags.DurationReserved])
            : Tllv.Create(Tags.KeyDuration, [0u, 0u, Tags.DurationPersist, Tags.DurationReserved]);
    }

    private static byte[] OfflineKey(KsmOffline offline, bool version2)
    {
        var withTitle = version2 && offline.TitleId is not null;
        var value = new byte[withTitle ? 48 : 32];
        BinaryPrimitives.WriteUInt32BigEndian(value, withTitle ? 2u : 1u);
        Convert.FromHexString(offline.StreamId!).CopyTo(value, 8);
        BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(24), offline.RentalDuration);
        BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(28), offline.PlaybackDuration);
        if (withTitle && offline.TitleId is { } title) Convert.FromHexString(title).CopyTo(value, 32);
        return value;
    }
}
