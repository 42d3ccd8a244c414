using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>
/// Writes a content key context: version 1 (4), reserved (4), IV (16), payload length (4), payload. The payload is enciphered with
/// AES-CBC under a key that only the device that sent the SPC can compute: AES-ECB(SHA-1(R1)[0..16], anti-replay seed).
/// </summary>
internal static class CkcWriter
{
    private const int BlockSize = 16;
    private const int PayloadOffset = 28;

    /// <param name="key">16 bytes.</param>
    /// <param name="iv">16 bytes.</param>
    public static byte[] Write(SpcMessage spc, SessionSecrets session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, CkcTerms terms)
    {
        using var payload = new TllvWriter();
        WriteContentKey(payload, session, key, iv);
        payload.Write(CkcTags.R1, session.R1);
        WriteHdcp(payload, terms.Hdcp);
        if (terms.RequiredLevel is { } level) WriteLevel(payload, level);
        if (spc.PlaybackState is not null) WriteDurations(payload, terms, spc.Device);
        foreach (var element in spc.Returned) payload.Echo(element);
        return Seal(payload.Written, spc.AntiReplaySeed.Span, session.R1);
    }

    private static void WriteContentKey(TllvWriter payload, SessionSecrets session, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        Span<byte> value = stackalloc byte[2 * BlockSize];
        iv.CopyTo(value);
        using var aes = Aes.Create();
        aes.SetKey(session.Key);
        aes.EncryptEcb(key, value[BlockSize..], PaddingMode.None);
        payload.Write(CkcTags.ContentKey, value);
    }

    private static void WriteHdcp(TllvWriter payload, HdcpRequirement requirement)
    {
        Span<byte> value = stackalloc byte[16];
        RandomNumberGenerator.Fill(value);
        BinaryPrimitives.WriteUInt64BigEndian(value, requirement switch
        {
            HdcpRequirement.None => CkcTags.HdcpNone,
            HdcpRequirement.Type0 => CkcTags.HdcpType0,
            _ => CkcTags.HdcpType1,
        });
        payload.Write(CkcTags.Hdcp, value);
    }

    private static void WriteLevel(TllvWriter payload, ulong level)
    {
        Span<byte> value = stackalloc byte[16];
        value.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(value, 1);
        BinaryPrimitives.WriteUInt64BigEndian(value[8..], level);
        payload.Write(CkcTags.RequiredLevel, value);
    }

    private static void WriteDurations(TllvWriter payload, CkcTerms terms, DeviceReport device)
    {
        if (terms.Offline is { } offline && device.KnowsOfflineKey) WriteOfflineKey(payload, offline, device.KnowsOfflineKeyV2);
        else if (terms.Offline is { } kept)
        {
            // Older devices know one limit: of the two, the one that ends first.
            var limit = kept.StorageSeconds == 0 ? kept.PlaybackSeconds : kept.PlaybackSeconds == 0 ? kept.StorageSeconds : Math.Min(kept.StorageSeconds, kept.PlaybackSeconds);
            WriteDuration(payload, 0, limit, limit == 0 ? CkcTags.TypePersist : CkcTags.TypePersistWithLimit);
        }
        else if (terms is { LeaseSeconds: { } lease, RentalSeconds: { } rental }) WriteDuration(payload, lease, rental, CkcTags.TypeLeaseAndRental);
        else if (terms.LeaseSeconds is { } leaseAlone) WriteDuration(payload, leaseAlone, 0, CkcTags.TypeLease);
        else if (terms.RentalSeconds is { } rentalAlone) WriteDuration(payload, 0, rentalAlone, CkcTags.TypeRental);
    }

    private static void WriteDuration(TllvWriter payload, uint lease, uint rental, uint type)
    {
        Span<byte> value = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(value, lease);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], rental);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], type);
        BinaryPrimitives.WriteUInt32BigEndian(value[12..], CkcTags.DurationReserved);
        payload.Write(CkcTags.Duration, value);
    }

    private static void WriteOfflineKey(TllvWriter payload, OfflineTerms offline, bool version2)
    {
        Span<byte> value = stackalloc byte[version2 ? 48 : 32];
        value.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(value, version2 ? 2u : 1u);
        offline.StreamId.Span.CopyTo(value[8..24]);
        BinaryPrimitives.WriteUInt32BigEndian(value[24..], offline.StorageSeconds);
        BinaryPrimitives.WriteUInt32BigEndian(value[28..], offline.PlaybackSeconds);
        if (version2) offline.TitleId.Span.CopyTo(value[32..48]);
        payload.Write(CkcTags.OfflineKey, value);
    }

    private static byte[] Seal(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> antiReplaySeed, ReadOnlySpan<byte> r1)
    {
        var ckc = new byte[PayloadOffset + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(ckc, 1);
        RandomNumberGenerator.Fill(ckc.AsSpan(8, BlockSize));
        BinaryPrimitives.WriteUInt32BigEndian(ckc.AsSpan(24), (uint)payload.Length);

        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        Span<byte> key = stackalloc byte[BlockSize];
        using var aes = Aes.Create();
        SHA1.HashData(r1, hash);
        aes.SetKey(hash[..BlockSize]);
        aes.EncryptEcb(antiReplaySeed, key, PaddingMode.None);
        aes.SetKey(key);
        aes.EncryptCbc(payload, ckc.AsSpan(8, BlockSize), ckc.AsSpan(PayloadOffset), PaddingMode.None);
        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(key);
        return ckc;
    }
}
