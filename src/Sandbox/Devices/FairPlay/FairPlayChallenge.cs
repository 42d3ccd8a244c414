using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Sandbox.Wire;
using Tags = DrmHub.Sandbox.Wire.FairPlayTags;

namespace DrmHub.Sandbox.Devices.FairPlay;

/// <summary>An SPC that waits for its CKC.</summary>
internal sealed class FairPlayChallenge : DeviceChallenge
{
    private const int CkcHeader = 28;

    public required FairPlayDevice Device { get; init; }

    public required FairPlaySession Session { get; init; }

    public required KeyId KeyId { get; init; }

    public required LicenseWish Wish { get; init; }

    public required IReadOnlyList<Tllv> Echoed { get; init; }

    public required long NowMs { get; init; }

    public override OpenedLicense Open(ReadOnlyMemory<byte> answer)
    {
        var blocks = Tllv.ParseAll(Decrypt(Unwrap(answer)));
        Tllv Need(ulong tag, string what) => blocks.TryGetValue(tag, out var block) ? block : throw SandboxException.Format($"The CKC has no {what}.");
        if (!CryptographicOperations.FixedTimeEquals(Need(Tags.R1, "R1").Value.Span, Session.R1)) throw new SandboxException(SandboxFailure.Signature, "The CKC is the answer to another SPC.");
        foreach (var sent in Echoed)
        {
            if (!Need(sent.Tag, $"returned block {sent.Tag:x16}").Raw.Span.SequenceEqual(sent.Raw.Span)) throw new SandboxException(SandboxFailure.Policy, $"The CKC returns the block {sent.Tag:x16} changed.");
        }

        var level = blocks.TryGetValue(Tags.RequiredLevel, out var required) ? RequiredLevel(required.Sized(16)) : FairPlayLevel.Old;
        var hdcp = blocks.TryGetValue(Tags.Hdcp, out var output) ? Hdcp(BinaryPrimitives.ReadUInt64BigEndian(output.Sized(16))) : HdcpVersion.Hdcp1; // absent means type 0
        var rules = Rules(blocks.GetValueOrDefault(Tags.KeyDuration), blocks.GetValueOrDefault(Tags.OfflineKey));
        if (Wish.Offline && !rules.Persistent) throw new SandboxException(SandboxFailure.Policy, "The device asked for an offline key and got one that may not be kept.");
        return new OpenedLicense
        {
            System = DrmSystem.FairPlay,
            Keys = [new OpenedKey(KeyId, ContentKeyOf(Need(Tags.EncryptedContentKey, "content key")), level == FairPlayLevel.Old ? null : level.ToString(), Device.SecurityLevel >= level, hdcp)],
            Rules = rules,
            StartedMs = NowMs,
        };
    }

    /// <summary>Takes the CKC out of the form in which the application got it.</summary>
    private byte[] Unwrap(ReadOnlyMemory<byte> answer)
    {
        try
        {
            return Device.Form switch
            {
                FairPlayForm.Octets => answer.ToArray(),
                FairPlayForm.UrlEncoded => Convert.FromBase64String(WithoutTags(Encoding.ASCII.GetString(answer.Span).Trim())),
                FairPlayForm.Json => Member(answer).GetProperty("ckc").GetBytesFromBase64(),
                _ => StreamingKey(Member(answer)),
            };
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw SandboxException.Format("The answer holds no CKC in the form in which it was asked for.");
        }
    }

    private static JsonElement Member(ReadOnlyMemory<byte> answer) => JsonElement.Parse(answer.Span);

    private static byte[] StreamingKey(JsonElement answer)
    {
        var key = answer.GetProperty("fairplay-streaming-response").GetProperty("streaming-keys")[0];
        var status = key.GetProperty("status").GetInt32();
        return status == 0 ? key.GetProperty("ckc").GetBytesFromBase64() : throw new SandboxException(SandboxFailure.Refused, $"The module refused with status {status}.", $"{status}");
    }

    private static string WithoutTags(string text) =>
        text.StartsWith("<ckc>", StringComparison.Ordinal) && text.EndsWith("</ckc>", StringComparison.Ordinal) ? text["<ckc>".Length..^"</ckc>".Length] : text;

    private byte[] Decrypt(byte[] ckc)
    {
        if (ckc.Length < CkcHeader || BinaryPrimitives.ReadUInt32BigEndian(ckc) != 1) throw SandboxException.Format("The answer is no CKC of version 1.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(ckc.AsSpan(24));
        if (length != ckc.Length - CkcHeader || length % 16 != 0) throw SandboxException.Format("The CKC's length does not fit.");
        using var derive = Aes.Create();
        derive.SetKey(SHA1.HashData(Session.R1).AsSpan(0, 16));
        using var aes = Aes.Create();
        aes.SetKey(derive.EncryptEcb(Session.AntiReplaySeed, PaddingMode.None));
        return aes.DecryptCbc(ckc.AsSpan(CkcHeader), ckc.AsSpan(8, 16), PaddingMode.None);
    }

    private ContentKey ContentKeyOf(Tllv block)
    {
        using var aes = Aes.Create();
        aes.SetKey(Session.SessionKey);
        return new ContentKey(aes.DecryptEcb(block.Sized(32)[16..], PaddingMode.None));
    }

    /// <summary>Version, reserved, level.</summary>
    private static FairPlayLevel RequiredLevel(ReadOnlySpan<byte> value) => (BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt64BigEndian(value[8..])) switch
    {
        (1, Tags.LevelAudio) => FairPlayLevel.Old,
        (1, Tags.LevelBaseline) => FairPlayLevel.Baseline,
        (1, Tags.LevelMain) => FairPlayLevel.Main,
        _ => throw SandboxException.Format("The CKC demands an unknown security level."),
    };

    private static HdcpVersion Hdcp(ulong value) => value switch
    {
        Tags.HdcpNone => HdcpVersion.None,
        Tags.HdcpType0 => HdcpVersion.Hdcp1,
        Tags.HdcpType1 => HdcpVersion.Hdcp22,
        _ => throw SandboxException.Format("The CKC demands an unknown HDCP type."),
    };

    private static LicenseRules Rules(Tllv? duration, Tllv? offline)
    {
        var rules = new LicenseRules { CanPlay = true };
        if (duration is not null) rules = WithDuration(rules, duration.Sized(16));
        if (offline is null) return rules;
        var value = offline.Value.Span;
        if (value.Length is not (32 or 48) || BinaryPrimitives.ReadUInt32BigEndian(value) != (value.Length == 32 ? 1u : 2u)) throw SandboxException.Format("The offline key block is of no known version.");
        var tail = value[24..];
        return rules with
        {
            Persistent = true,
            RentalSeconds = Seconds(tail) ?? rules.RentalSeconds,
            PlaybackSeconds = Seconds(tail[4..]),
        };
    }

    private static LicenseRules WithDuration(LicenseRules rules, ReadOnlySpan<byte> value)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(value[12..]) != Tags.DurationReserved) throw SandboxException.Format("The key duration block has a wrong reserved field.");
        var (lease, rental) = (Seconds(value), Seconds(value[4..]));
        return BinaryPrimitives.ReadUInt32BigEndian(value[8..]) switch
        {
            Tags.DurationLease => rules with { LicenseSeconds = lease, Renewable = true },
            Tags.DurationRental => rules with { RentalSeconds = rental },
            Tags.DurationLeaseAndRental => rules with { LicenseSeconds = lease, RentalSeconds = rental, Renewable = true },
            Tags.DurationPersist => rules with { Persistent = true },
            Tags.DurationPersistAndLimit => rules with { Persistent = true, LicenseSeconds = rental },
            _ => throw SandboxException.Format("The key duration block is of an unknown type."),
        };
    }

    private static long? Seconds(ReadOnlySpan<byte> value) => BinaryPrimitives.ReadUInt32BigEndian(value) is > 0 and var seconds ? seconds : null;
}
